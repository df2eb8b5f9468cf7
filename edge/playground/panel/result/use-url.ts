/** Blobs in pictures. */

import { useEffect, useState } from 'preact/hooks'

/** A blob's URL while the component is mounted. */
export function useUrl(blob: Blob): string | null {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    const made = URL.createObjectURL(blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return url
}
