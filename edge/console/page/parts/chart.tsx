/** Bars by day, with the same figures as a table for those who do not see them. */

const HEIGHT = 120
const BAR = 10
const GAP = 3

export type Day = { readonly day: string; readonly value: number; readonly text: string }

/** @param days in order, without gaps @param what the bars show, for screen readers */
export function DayChart({ days, what }: { readonly days: readonly Day[]; readonly what: string }) {
  const most = Math.max(...days.map(({ value }) => value), 0)
  const width = days.length * (BAR + GAP)
  const first = days[0]?.day ?? ''
  const last = days.at(-1)?.day ?? ''
  if (most === 0) return <p class="hint">Nothing yet.</p>
  const highest = days.find(({ value }) => value === most)
  const summary = `${what} from ${first} to ${last}; most on ${highest?.day}: ${highest?.text}`
  return (
    <figure class="chart">
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summary}
      >
        <line class="base" x1="0" x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {days.map(({ day, value, text }, i) => {
          const height = Math.max(value > 0 ? 2 : 0, ((HEIGHT - 6) * value) / most)
          return (
            <rect key={day} x={i * (BAR + GAP)} y={HEIGHT - height} width={BAR} height={height}>
              <title>{`${day}: ${text}`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption>
        <span>{first}</span>
        <span>most: {highest?.text}</span>
        <span>{last}</span>
      </figcaption>
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">{what}</th>
            </tr>
          </thead>
          <tbody>
            {days
              .filter(({ value }) => value !== 0)
              .map(({ day, text }) => (
                <tr key={day}>
                  <th scope="row">{day}</th>
                  <td>{text}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}

export type Share = {
  readonly id: string
  readonly name: string
  readonly value: number
  readonly text: string
}

/** Rows with a bar each, largest first. */
export function ShareTable({
  shares,
  of,
}: {
  readonly shares: readonly Share[]
  readonly of: string
}) {
  const most = Math.max(...shares.map(({ value }) => value), 1)
  if (shares.length === 0) return <p class="hint">Nothing yet.</p>
  return (
    <table class="shares">
      <thead>
        <tr>
          <th scope="col">{of}</th>
          <th scope="col">Cost</th>
        </tr>
      </thead>
      <tbody>
        {[...shares]
          .sort((a, b) => b.value - a.value)
          .map(({ id, name, value, text }) => (
            <tr key={id} style={{ '--share': `${(100 * value) / most}%` }}>
              <th scope="row">{name}</th>
              <td>{text}</td>
            </tr>
          ))}
      </tbody>
    </table>
  )
}
