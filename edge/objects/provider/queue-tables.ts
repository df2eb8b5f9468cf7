/** The tables of a provider's queue, and the triggers that keep their counts. Steps are only ever added. */

export const queueTables = [
  `CREATE TABLE ticket (
    edit TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'granted', 'running')),
    since INTEGER NOT NULL, until INTEGER NOT NULL)`,
  'CREATE INDEX ticket_state ON ticket (state, account, since)',
  'CREATE INDEX ticket_until ON ticket (until)',
  'CREATE TABLE served (account TEXT PRIMARY KEY, turn INTEGER NOT NULL)',
]

/**
 * What each account has in the queue: the next to be served is found by an index, however many
 * wait. `since` is when its first waiting edit joined, NULL while none waits. Its triggers were replaced
 * by those of {@link queueLaneTables}.
 */
export const queueAccountTables = [
  `CREATE TABLE queue_account (
    account TEXT PRIMARY KEY, taken INTEGER NOT NULL, turn INTEGER NOT NULL, since INTEGER)`,
  'CREATE INDEX queue_account_next ON queue_account (taken, turn, since, account) WHERE since IS NOT NULL',
  'CREATE INDEX queue_account_turn ON queue_account (turn)',
  'DROP INDEX ticket_state',
  'CREATE INDEX ticket_state ON ticket (state, since)',
  'CREATE INDEX ticket_account ON ticket (account, state, since, edit)',
  `INSERT INTO queue_account (account, taken, turn, since)
    SELECT account, SUM(state <> 'waiting'), COALESCE((SELECT turn FROM served WHERE served.account = ticket.account), 0),
      MIN(CASE WHEN state = 'waiting' THEN since END)
    FROM ticket GROUP BY account`,
  'INSERT OR IGNORE INTO queue_account (account, taken, turn) SELECT account, 0, turn FROM served',
  'DROP TABLE served',
]

/**
 * Lanes: what each account has in each, and how many wait and run in each. `passed` counts the slots
 * that went to the lane above while this one waited. `stopAt` is when a run was last told to stop.
 * A ticket of an older release gets its lane when its edit asks again.
 */
export const queueLaneTables = [
  ...(['insert', 'update', 'delete'] as const).map(
    (event) => `DROP TRIGGER IF EXISTS ticket_${event}`,
  ),
  'ALTER TABLE ticket ADD COLUMN lane INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE ticket ADD COLUMN stopAt INTEGER NOT NULL DEFAULT 0',
  'DROP INDEX ticket_state',
  'DROP INDEX ticket_account',
  'CREATE INDEX ticket_state ON ticket (state, lane, since)',
  'CREATE INDEX ticket_account ON ticket (account, lane, state, since, edit)',
  'DROP INDEX queue_account_next',
  'DROP INDEX queue_account_turn',
  'ALTER TABLE queue_account RENAME TO queue_account_before',
  `CREATE TABLE queue_account (
    account TEXT NOT NULL, lane INTEGER NOT NULL, taken INTEGER NOT NULL, turn INTEGER NOT NULL,
    since INTEGER, PRIMARY KEY (account, lane))`,
  `CREATE INDEX queue_account_next ON queue_account (lane, taken, turn, since, account)
    WHERE since IS NOT NULL`,
  'CREATE INDEX queue_account_turn ON queue_account (turn)',
  `INSERT INTO queue_account (account, lane, taken, turn, since)
    SELECT account, 0, taken, turn, since FROM queue_account_before`,
  'DROP TABLE queue_account_before',
  `CREATE TABLE queue_lane (
    lane INTEGER PRIMARY KEY, waiting INTEGER NOT NULL, accounts INTEGER NOT NULL,
    taken INTEGER NOT NULL, passed INTEGER NOT NULL)`,
  `INSERT INTO queue_lane (lane, waiting, accounts, taken, passed) VALUES
    (0, (SELECT COUNT(*) FROM ticket WHERE state = 'waiting'),
      (SELECT COUNT(*) FROM queue_account WHERE since IS NOT NULL),
      (SELECT COUNT(*) FROM ticket WHERE state <> 'waiting'), 0),
    (1, 0, 0, 0, 0), (2, 0, 0, 0, 0)`,
  trigger('ticket', 'INSERT', [countTicket('NEW', 1), countAccount('NEW')]),
  trigger('ticket', 'UPDATE', [
    countTicket('OLD', -1),
    countTicket('NEW', 1),
    countAccount('OLD'),
    countAccount('NEW'),
  ]),
  trigger('ticket', 'DELETE', [countTicket('OLD', -1), countAccount('OLD')]),
  trigger('queue_account', 'INSERT', [countWaitingAccount('NEW', 1)]),
  trigger('queue_account', 'UPDATE', [
    countWaitingAccount('OLD', -1),
    countWaitingAccount('NEW', 1),
  ]),
]

/** When a ticket got its slot; 0 while it waits, and for a run of an older release. */
export const slotTimeTables = ['ALTER TABLE ticket ADD COLUMN grantedAt INTEGER NOT NULL DEFAULT 0']

/**
 * Triggers that run only where a count changes: most updates of a ticket are about its time, and most
 * tickets of an account leave it waiting as it was.
 */
export const queueTriggers = [
  'DROP TRIGGER ticket_update',
  'DROP TRIGGER queue_account_update',
  trigger('ticket', 'UPDATE OF state, lane', [
    countTicket('OLD', -1),
    countTicket('NEW', 1),
    countAccount('NEW'),
  ]),
  `CREATE TRIGGER ticket_update_lane AFTER UPDATE OF lane ON ticket WHEN OLD.lane <> NEW.lane BEGIN
    ${countAccount('OLD')};
  END`,
  `CREATE TRIGGER queue_account_update AFTER UPDATE OF since ON queue_account
    WHEN (OLD.since IS NULL) <> (NEW.since IS NULL) BEGIN
    ${countWaitingAccount('OLD', -1)};
    ${countWaitingAccount('NEW', 1)};
  END`,
]

type Row = 'OLD' | 'NEW'
type Event = 'INSERT' | 'UPDATE' | 'UPDATE OF state, lane' | 'DELETE'

/** Whatever changes a row, the counts that follow from it stay true. */
function trigger(table: string, event: Event, work: string[]): string {
  const [name = ''] = event.toLowerCase().split(' ')
  return `CREATE TRIGGER ${table}_${name} AFTER ${event} ON ${table} BEGIN
    ${work.join(';\n    ')};
  END`
}

function countTicket(ticket: Row, sign: 1 | -1): string {
  return `UPDATE queue_lane SET waiting = waiting + ${sign} * (${ticket}.state = 'waiting'),
      taken = taken + ${sign} * (${ticket}.state <> 'waiting') WHERE lane = ${ticket}.lane`
}

function countAccount(ticket: Row): string {
  const own = `FROM ticket WHERE account = ${ticket}.account AND lane = ${ticket}.lane`
  return `INSERT INTO queue_account (account, lane, turn, taken, since) VALUES (${ticket}.account, ${ticket}.lane, 0,
      (SELECT COUNT(*) ${own} AND state IN ('granted', 'running')),
      (SELECT MIN(since) ${own} AND state = 'waiting'))
    ON CONFLICT (account, lane) DO UPDATE SET taken = excluded.taken, since = excluded.since`
}

function countWaitingAccount(account: Row, sign: 1 | -1): string {
  return `UPDATE queue_lane SET accounts = accounts + ${sign} * (${account}.since IS NOT NULL)
      WHERE lane = ${account}.lane`
}
