import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FlowGraph } from '../../../shared/segmentation/max-flow.ts'

type Edge = readonly [number, number, number]
type Terminal = readonly [number, number]

/** Cost of a cut: edges across it, and terminals on the wrong side. */
function costOf(
  edges: readonly Edge[],
  terminals: readonly Terminal[],
  side: (i: number) => number,
) {
  const across = edges.filter(([a, b]) => side(a) !== side(b))
  const wrong = terminals.map(([source, sink], i) => (side(i) === 1 ? sink : source))
  return across.reduce((sum, [, , w]) => sum + w, 0) + wrong.reduce((sum, w) => sum + w, 0)
}

const graphs = fc.integer({ min: 2, max: 8 }).chain((nodes) =>
  fc.record({
    edges: fc.array(
      fc
        .tuple(
          fc.nat({ max: nodes - 1 }),
          fc.nat({ max: nodes - 1 }),
          fc.double({ min: 0, max: 10, noNaN: true }),
        )
        .filter(([a, b]) => a !== b),
      { maxLength: 24 },
    ),
    terminals: fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
      ),
      { minLength: nodes, maxLength: nodes },
    ),
  }),
)

test('the cut of a small graph is the cheapest of all cuts', () => {
  fc.assert(
    fc.property(graphs, ({ edges, terminals }) => {
      const graph = new FlowGraph(terminals.length, edges.length)
      for (const [a, b, w] of edges) graph.addEdge(a, b, w)
      for (const [i, [source, sink]] of terminals.entries()) graph.addTerminal(i, source, sink)
      const side = graph.cut()
      let least = Number.POSITIVE_INFINITY
      for (let bits = 0; bits < 1 << terminals.length; bits++)
        least = Math.min(
          least,
          costOf(edges, terminals, (i) => (bits >> i) & 1),
        )
      expect(costOf(edges, terminals, (i) => side[i] as number)).toBeCloseTo(least, 6)
    }),
    { numRuns: 2000 },
  )
})

test('a chain is cut at its weakest link', () => {
  const graph = new FlowGraph(4, 3)
  graph.addTerminal(0, 100, 0)
  graph.addTerminal(3, 0, 100)
  graph.addEdge(0, 1, 5)
  graph.addEdge(1, 2, 2)
  graph.addEdge(2, 3, 4)
  expect([...graph.cut()]).toEqual([1, 1, 0, 0])
})
