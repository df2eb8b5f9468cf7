/**
 * Minimum cuts of sparse graphs by the algorithm of Boykov and Kolmogorov ("An Experimental
 * Comparison of Min-Cut/Max-Flow Algorithms for Energy Minimization in Vision", PAMI 2004), which
 * keeps two search trees between augmentations. Knows nothing of pictures.
 */

const NONE = -1
const TERMINAL = -2
const ORPHAN = -3

/**
 * A graph between a source and a sink. Add edges and terminal weights, then call {@link cut} once.
 */
export class FlowGraph {
  readonly #nodes: number
  /** First arc of a node, next arc of the same node, head of an arc. `arc ^ 1` is the reverse arc. */
  readonly #first: Int32Array
  readonly #next: Int32Array
  readonly #head: Int32Array
  readonly #capacity: Float64Array
  #arcs = 0
  /** Remaining capacity from the source (positive) or to the sink (negative). */
  readonly #terminal: Float64Array
  readonly #parent: Int32Array
  readonly #isSink: Uint8Array
  readonly #distance: Int32Array
  readonly #stamp: Int32Array
  readonly #active: Int32Array
  readonly #isActive: Uint8Array
  readonly #orphans: number[] = []
  #activeFrom = 0
  #activeCount = 0
  #time = 0

  /** @param edges the largest number of edges */
  constructor(nodes: number, edges: number) {
    this.#nodes = nodes
    this.#first = new Int32Array(nodes).fill(NONE)
    this.#next = new Int32Array(2 * edges)
    this.#head = new Int32Array(2 * edges)
    this.#capacity = new Float64Array(2 * edges)
    this.#terminal = new Float64Array(nodes)
    this.#parent = new Int32Array(nodes).fill(NONE)
    this.#isSink = new Uint8Array(nodes)
    this.#distance = new Int32Array(nodes)
    this.#stamp = new Int32Array(nodes)
    this.#active = new Int32Array(nodes)
    this.#isActive = new Uint8Array(nodes)
  }

  /** Adds an edge with the same capacity in both directions. */
  addEdge(from: number, to: number, capacity: number): void {
    this.#addArc(from, to, capacity)
    this.#addArc(to, from, capacity)
  }

  /** Adds the costs of putting a node on the sink's side (`source`) or on the source's (`sink`). */
  addTerminal(node: number, source: number, sink: number): void {
    this.#terminal[node] = this.#terminal[node]! + source - sink
  }

  /** The minimum cut: 1 for nodes on the source's side. */
  cut(): Uint8Array {
    for (let node = 0; node < this.#nodes; node++) {
      const left = this.#terminal[node]!
      if (left === 0) continue
      this.#isSink[node] = left < 0 ? 1 : 0
      this.#parent[node] = TERMINAL
      this.#distance[node] = 1
      this.#activate(node)
    }
    for (let node = this.#take(); node !== NONE; ) {
      const bridge = this.#grow(node)
      if (bridge === NONE) {
        node = this.#take()
        continue
      }
      this.#time++
      this.#augment(bridge)
      for (let orphan = this.#orphans.pop(); orphan !== undefined; orphan = this.#orphans.pop())
        this.#adopt(orphan)
      if (this.#parent[node] === NONE) node = this.#take()
    }
    const side = new Uint8Array(this.#nodes)
    for (let node = 0; node < this.#nodes; node++)
      if (this.#parent[node] !== NONE && this.#isSink[node] === 0) side[node] = 1
    return side
  }

  #addArc(from: number, to: number, capacity: number): void {
    const arc = this.#arcs++
    this.#head[arc] = to
    this.#capacity[arc] = capacity
    this.#next[arc] = this.#first[from]!
    this.#first[from] = arc
  }

  #activate(node: number): void {
    if (this.#isActive[node] === 1) return
    this.#isActive[node] = 1
    this.#active[(this.#activeFrom + this.#activeCount++) % this.#nodes] = node
  }

  /** The next active node that is still in a tree. */
  #take(): number {
    while (this.#activeCount > 0) {
      const node = this.#active[this.#activeFrom]!
      this.#activeFrom = (this.#activeFrom + 1) % this.#nodes
      this.#activeCount--
      this.#isActive[node] = 0
      if (this.#parent[node] !== NONE) return node
    }
    return NONE
  }

  /** Grows a tree from a node. @returns an arc from the source's tree to the sink's, or NONE */
  #grow(node: number): number {
    const sink = this.#isSink[node]!
    for (let arc = this.#first[node]!; arc !== NONE; arc = this.#next[arc]!) {
      if (this.#capacity[sink === 1 ? arc ^ 1 : arc]! <= 0) continue
      const to = this.#head[arc]!
      if (this.#parent[to] === NONE) {
        this.#isSink[to] = sink
        // The arc towards the parent, from `to` to `node`.
        this.#parent[to] = arc ^ 1
        this.#stamp[to] = this.#stamp[node]!
        this.#distance[to] = this.#distance[node]! + 1
        this.#activate(to)
      } else if (this.#isSink[to] !== sink) {
        return sink === 1 ? arc ^ 1 : arc
      } else if (
        this.#stamp[to]! <= this.#stamp[node]! &&
        this.#distance[to]! > this.#distance[node]!
      ) {
        this.#parent[to] = arc ^ 1
        this.#stamp[to] = this.#stamp[node]!
        this.#distance[to] = this.#distance[node]! + 1
      }
    }
    return NONE
  }

  /** Augments the path across `bridge`. Nodes whose arc becomes saturated lose their parent. */
  #augment(bridge: number): void {
    const from = this.#head[bridge ^ 1]!
    const to = this.#head[bridge]!
    let flow = this.#capacity[bridge]!
    flow = Math.min(flow, this.#narrowest(from, 1), this.#narrowest(to, 0))
    this.#capacity[bridge] = this.#capacity[bridge]! - flow
    this.#capacity[bridge ^ 1] = this.#capacity[bridge ^ 1]! + flow
    this.#push(from, 1, flow)
    this.#push(to, 0, flow)
  }

  /** `towards` is 1 in the source's tree, where flow runs against the parent arcs. */
  #narrowest(start: number, towards: 0 | 1): number {
    let least = Number.POSITIVE_INFINITY
    let node = start
    for (;;) {
      const arc = this.#parent[node]!
      if (arc === TERMINAL) return Math.min(least, Math.abs(this.#terminal[node]!))
      least = Math.min(least, this.#capacity[arc ^ towards]!)
      node = this.#head[arc]!
    }
  }

  #push(start: number, towards: 0 | 1, flow: number): void {
    let node = start
    for (;;) {
      const arc = this.#parent[node]!
      if (arc === TERMINAL) {
        const left = this.#terminal[node]!
        this.#terminal[node] = left > 0 ? left - flow : left + flow
        if (Math.abs(this.#terminal[node]!) <= 1e-12) this.#orphan(node)
        return
      }
      const used = arc ^ towards
      this.#capacity[used] = this.#capacity[used]! - flow
      this.#capacity[used ^ 1] = this.#capacity[used ^ 1]! + flow
      if (this.#capacity[used]! <= 1e-12) {
        this.#capacity[used] = 0
        this.#orphan(node)
      }
      node = this.#head[arc]!
    }
  }

  #orphan(node: number): void {
    this.#parent[node] = ORPHAN
    this.#orphans.push(node)
  }

  /** Gives an orphan a new parent that leads to the terminal, or removes it from its tree. */
  #adopt(node: number): void {
    const sink = this.#isSink[node]!
    let best = NONE
    let bestDistance = Number.POSITIVE_INFINITY
    for (let arc = this.#first[node]!; arc !== NONE; arc = this.#next[arc]!) {
      if (this.#capacity[sink === 1 ? arc : arc ^ 1]! <= 0) continue
      const candidate = this.#head[arc]!
      if (this.#isSink[candidate] !== sink || this.#parent[candidate] === NONE) continue
      const distance = this.#toTerminal(candidate)
      if (distance < bestDistance) {
        best = arc
        bestDistance = distance
      }
    }
    if (best !== NONE) {
      this.#parent[node] = best
      this.#stamp[node] = this.#time
      this.#distance[node] = bestDistance + 1
      return
    }
    this.#parent[node] = NONE
    for (let arc = this.#first[node]!; arc !== NONE; arc = this.#next[arc]!) {
      const other = this.#head[arc]!
      const parent = this.#parent[other]!
      if (this.#isSink[other] !== sink || parent === NONE) continue
      if (this.#capacity[sink === 1 ? arc : arc ^ 1]! > 0) this.#activate(other)
      if (parent >= 0 && this.#head[parent] === node) this.#orphan(other)
    }
  }

  /** Steps from a node to its terminal, infinite if there is no path. Marks the nodes on the path. */
  #toTerminal(start: number): number {
    let steps = 0
    let node = start
    for (;;) {
      if (this.#stamp[node] === this.#time) {
        steps += this.#distance[node]!
        break
      }
      const arc = this.#parent[node]!
      steps++
      if (arc === TERMINAL) {
        this.#stamp[node] = this.#time
        this.#distance[node] = 1
        break
      }
      if (arc < 0) return Number.POSITIVE_INFINITY
      node = this.#head[arc]!
    }
    const distance = steps
    for (node = start; this.#stamp[node] !== this.#time; steps--) {
      this.#stamp[node] = this.#time
      this.#distance[node] = steps
      node = this.#head[this.#parent[node]!]!
    }
    return distance
  }
}
