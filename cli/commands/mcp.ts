/** `contextdrag mcp`: a server of the Model Context Protocol on stdin and stdout. */

import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { Command } from 'commander'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import { readClientConfig } from '../config.ts'
import { mcpServer } from '../mcp/server.ts'

/** A photo as base64, and the rest of its message. */
const MAX_MESSAGE_BYTES = Math.ceil((4 / 3) * MAX_IMAGE_BYTES) + 4_000_000

export function addMcpCommand(program: Command): void {
  program
    .command('mcp')
    .description(
      'Serve the tools plan, edit, get, mask and models to a model, on stdin and stdout (MCP).',
    )
    .option(
      '--out <folder>',
      'where pictures are saved',
      join(homedir(), 'Pictures', 'contextdrag'),
    )
    .action(serve)
}

async function serve({ out }: { out: string }): Promise<void> {
  const { CONTEXTDRAG_URL: baseUrl, CONTEXTDRAG_KEY: key } = readClientConfig()
  const packageFile = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string }
  const server = mcpServer({ baseUrl, key, folder: out, version })
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: MAX_MESSAGE_BYTES,
  })
  const closed = new Promise<void>((resolve) => {
    server.server.onclose = resolve
  })
  // The transport does not look for the end of its input, which is how clients stop a server.
  process.stdin.once('end', () => void server.close())
  await server.connect(transport)
  await closed
}
