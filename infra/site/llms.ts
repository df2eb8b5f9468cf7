/** `/llms.txt` (llmstxt.org): what a model that writes code for the API should read, in which order. */

/** Pages that are about using the API, with what is in them. The others are optional reading. */
const USING: Readonly<Record<string, string>> = {
  api: 'authentication, routes, options, states, retries, limits, webhooks',
  errors: 'every error code with its cause and what to do',
  clients: 'curl, TypeScript, Python, Kotlin, Java, Swift',
  console: 'sign-up, keys, usage, edits, webhooks and payments on a page',
  billing: 'top-ups, auto-recharge, receipts, refunds',
  'command-line': 'edits without a service, and the MCP server',
  method: 'every option of an edit, warnings, what the models do',
  provenance: 'what a result says of its own making: C2PA and IPTC',
}

/** @param texts of the pages, by name */
export function llmsText(texts: ReadonlyMap<string, string>): string {
  const line = (name: string, about: string) =>
    `- [${name}](${name === 'errors' ? '/errors.md' : `/docs/${name}.md`}): ${about}`
  const using = Object.entries(USING).filter(([name]) => texts.has(name))
  const rest = [...texts].filter(([name]) => !Object.hasOwn(USING, name))
  return `# ContextDrag

> An HTTP service that edits photos by dragging: send a photo and pairs of points in its pixels (“move this to here”), with or without a mask of what moves, and get the edited photo back.

- Send \`Authorization: Bearer KEY\`, and an \`Idempotency-Key\` with every POST; repeat a request with the same one.
- \`POST /v1/edits\` answers 202 at once. Then \`GET /v1/edits/{id}\` with \`Prefer: wait=60\`, until \`status\` is succeeded, failed, canceled or expired.
- Points are pixels of the photo as displayed. \`POST /v1/plan\` tells the price, and runs nothing.
- Every error has a \`code\`; its \`type\` is the address of a page that says what to do.

## The API

- [OpenAPI](/openapi.json): the contract
- [HTTP collection](/contextdrag.http): every request, ready to send
${using.map(([name, about]) => line(name, about)).join('\n')}

## Optional

${rest.map(([name, text]) => line(name, titleOf(text))).join('\n')}
`
}

function titleOf(text: string): string {
  return (/^# (.*)$/m.exec(text)?.[1] ?? '').replaceAll('`', '')
}
