/** A result as a thumbnail. */

import { useUrl } from './use-url.ts'

export function Picture({ picture }: { readonly picture: Blob }) {
  const url = useUrl(picture)
  return url === null ? null : <img src={url} alt="" />
}
