/**
 * SentencePiece's precompiled character map, exactly (google/sentencepiece normalizer.cc,
 * huggingface spm_precompiled): a double-array trie over UTF-8 bytes whose values are offsets of
 * replacements. The tokenizer library only approximates it.
 */

/** Normalises a text. */
export type Normalise = (text: string) => string

/** Longer graphemes, in bytes, are only looked up character by character. */
const MAX_GRAPHEME_BYTES = 5

/**
 * @param charsmap base64 of: byte length of the trie (u32), its units (u32 each), then
 * replacements, each ended by a zero byte
 */
export function precompiledNormaliser(charsmap: string): Normalise {
  const bytes = Buffer.from(charsmap, 'base64')
  const trieBytes = bytes.readUInt32LE(0)
  const units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i))
  const replacements = bytes.subarray(4 + trieBytes)
  const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

  /** The replacement for the beginning of `chunk`, null if the map has none. */
  const replacement = (chunk: Uint8Array): string | null => {
    const at = shortestPrefix(units, chunk)
    if (at === null) return null
    return replacements.toString('utf8', at, replacements.indexOf(0, at))
  }
  const encoder = new TextEncoder()
  return (text) => {
    let out = ''
    for (const { segment } of segmenter.segment(text)) {
      const whole = encoder.encode(segment)
      const mapped = whole.length <= MAX_GRAPHEME_BYTES ? replacement(whole) : null
      out +=
        mapped ??
        Array.from(
          segment,
          (character) => replacement(encoder.encode(character)) ?? character,
        ).join('')
    }
    return out
  }
}

/**
 * Value of the shortest key that `chunk` begins with (darts-clone: offset, label and leaf bits
 * share a unit).
 */
function shortestPrefix(units: Uint32Array, chunk: Uint8Array): number | null {
  const offset = (unit: number) => (unit >>> 10) << ((unit & (1 << 9)) >>> 6)
  let node = offset(units[0] as number)
  for (const byte of chunk) {
    if (byte === 0) return null
    node ^= byte
    const unit = units[node] ?? 0
    if ((unit & 0x800000ff) >>> 0 !== byte) return null
    node ^= offset(unit)
    if ((unit >>> 8) & 1) return (units[node] as number) & 0x7fffffff
  }
  return null
}
