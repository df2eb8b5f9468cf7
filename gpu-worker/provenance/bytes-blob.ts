/**
 * Bytes as the Blob that c2pa-wasm takes. It is made for browsers' workers, and reads a Blob with
 * `FileReaderSync`, which Node lacks.
 */

export class BytesBlob extends Blob {
  readonly view: Uint8Array

  constructor(view: Uint8Array, type: string) {
    super([Uint8Array.from(view)], { type })
    this.view = view
  }

  override slice(start = 0, end = this.size): BytesBlob {
    return new BytesBlob(this.view.subarray(start, end), this.type)
  }
}

class BytesReader {
  readAsArrayBuffer({ view }: BytesBlob): ArrayBuffer {
    return Uint8Array.from(view).buffer
  }
}

Object.assign(globalThis, { FileReaderSync: BytesReader })
