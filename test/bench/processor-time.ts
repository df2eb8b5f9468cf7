/** Processor time of other processes, which hardly depends on what else the machine does. Linux only. */

import { readdir, readFile } from 'node:fs/promises'

/** Milliseconds per tick of `/proc`: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10

/** Milliseconds that the processes of a group have taken so far, in user and system mode (proc_pid_stat(5)). */
export async function processorMs(group: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const times = await Promise.all(pids.map((pid) => timeIn(pid, group)))
  return times.reduce((sum, time) => sum + time, 0)
}

async function timeIn(pid: string, group: number): Promise<number> {
  // A process may end while the others are read.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name before is in parentheses, and may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (Number(fields[2]) !== group) return 0
  return TICK_MS * (Number(fields[11]) + Number(fields[12]))
}
