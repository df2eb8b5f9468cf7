/**
 * Types what `cloudflare:workers` gives to a test: our bindings, and the app as its default export.
 */
declare namespace Cloudflare {
  interface Env extends Readonly<import('../../edge/bindings.ts').Bindings> {}
  interface GlobalProps {
    mainModule: typeof import('../../edge/index.ts')
  }
}
