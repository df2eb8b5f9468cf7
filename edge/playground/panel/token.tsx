/** Asks for a client token, where the server gives out none by itself. */

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
        Use it
      </button>
      <p class="hint">
        Your backend makes one with POST /v1/client-tokens. It stays in this tab. Never paste an
        account key here.
      </p>
    </form>
  )
}
