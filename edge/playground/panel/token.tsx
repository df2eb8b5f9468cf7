/** Asks for a client token if the server does not issue one. */

import { useState } from 'preact/hooks'

export function TokenForm({ use }: { readonly use: (token: string) => void }) {
  const [token, setToken] = useState('')
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault()
        if (token.trim() !== '') use(token.trim())
      }}
    >
      <label>
        <span>Client token</span>
        <input
          type="password"
          autocomplete="off"
          value={token}
          onInput={({ currentTarget: { value } }) => setToken(value)}
        />
      </label>
      <button type="submit" class="primary">
        Use this token
      </button>
      <p class="hint">
        Your backend creates client tokens with POST /v1/client-tokens. This tab keeps the client
        token until you close it. Never paste an account key here.
      </p>
    </form>
  )
}
