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
          exclude: ['test/edge/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                PUBLIC_ORIGIN: 'https://api.example.com',
                CALLBACK_ORIGIN: 'https://api.example.com',
                WORKER_URL: 'https://worker.example.com',
                API_KEY: secret,
                WORKER_TOKEN: secret,
                BLOB_SECRET: secret,
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
