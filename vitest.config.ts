import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const secret = 'test-secret-test-secret'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/edge/**', 'test/end-to-end.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'end-to-end',
          include: ['test/end-to-end.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Two processes and their deadlines want the machine to themselves.
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              // Whatever a test does not play itself is answered here, never by the network.
              outboundService: () => new Response('no network', { status: 503 }),
              bindings: {
                PUBLIC_ORIGIN: 'https://api.example.com',
                CALLBACK_ORIGIN: 'https://api.example.com',
                WORKER_URL: 'https://worker.example.com',
                API_KEY: secret,
                WORKER_TOKEN: secret,
                BLOB_SECRET: secret,
                DISPATCH_SECONDS: '1.5',
                RUN_SECONDS: '2',
                POLL_SECONDS: '0.1',
              },
            },
          }),
        ],
        // The geometry runs in both: the edge must give the integers that Node gives.
        test: {
          name: 'workerd',
          include: ['test/edge/**/*.test.ts', 'test/shared/geometry/**/*.test.ts'],
        },
      },
    ],
  },
})
