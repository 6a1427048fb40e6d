// Numbers, times and names in words.

const NUMBER = new Intl.NumberFormat('en-GB');
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

export const count = number => NUMBER.format(number);

export const devices = number => `${count(number)} ${number === 1 ? 'device' : 'devices'}`;

/** A moment as the clock of this browser has it. */
export function moment(iso) {
  const at = new Date(iso);
  const clock = CLOCK.format(at);
  return at.toDateString() === new Date().toDateString() ? clock : `${DAY.format(at)}, ${clock}`;
}

/** @type {[string, number][]} */
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** Labels as they are written elsewhere: the name alone where there is no value. */
export const labels = map =>
  Object.entries(map)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join(', ');

/** A length of time in its largest unit. */
export function span(seconds) {
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? ['second', 1];
  const whole = Math.max(0, Math.floor(seconds / length));
  return `${count(whole)} ${unit}${whole === 1 ? '' : 's'}`;
}

export const since = iso => span((Date.now() - new Date(iso).getTime()) / 1000);

/** `timed-out` as `timed out`. */
export const spaced = name => name.replaceAll('-', ' ');

export const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

export const STATUS_TONES = {
  active: 'good',
  expected: 'blue',
  blocked: 'orange',
  revoked: 'red',
  removed: 'grey',
};

export const SECURITY = ['duplicate-device', 'stale-key', 'refused', 'left-out'];
export const KEYS = ['enrolled', 'rotated', 'moved', 'recovered', 'abandoned'];
export const BY_OPERATORS = [
  'reset',
  'reset-withdrawn',
  'blocked',
  'unblocked',
  'revoked',
  'removed',
  'reopened',
  'approved',
  'webhook-paused',
];

const key = event => (event.epoch === undefined ? '' : `Key ${count(event.epoch)}`);
const place = event => (event.connectionId === undefined ? '' : ` with connection ${event.connectionId}`);
const who = event => (event.actor === undefined ? '' : `By ${event.actor}.`);
const why = event =>
  event.reason === undefined ? '' : (REASONS[event.reason] ?? `${capital(spaced(event.reason))}.`);

const REASONS = {
  'platform-unreachable': 'Its platform did not answer.',
  'platform-refused': 'Its platform refused the login.',
  'storage-failed': 'Its flash did not hold the key.',
  'not-acknowledged': 'The gateway did not acknowledge in time.',
  'connection-unusable': 'It cannot use the connection.',
  barred: 'The device is blocked, revoked or removed.',
  'key-version': 'The key version of its firmware is retired, or unknown.',
  window: 'Enrollment is not open now.',
  'allow-list': 'It is not registered, and the product admits registered devices only.',
  quota: 'The quota of its product is used up.',
  'epochs-spent': 'Its numbers of keys are spent.',
};

/** Of each kind: its name, its tone, and what it means for who reads it. */
const KINDS = {
  enrolled: ['Enrolled', 'good', event => `${key(event)}${place(event)}, the first one.`],
  rotated: ['Rotated', 'good', event => `${key(event)} is in use.`],
  moved: ['Moved', 'good', event => `${key(event)}${place(event)} is in use.`],
  recovered: ['Recovered', 'good', event => `${key(event)} was proved in a recovery.`],
  abandoned: [
    'Gave a key up',
    'orange',
    event => `${key(event)} was granted; the one before stays. ${why(event)}`,
  ],
  'duplicate-device': [
    'Duplicate device',
    'red',
    () =>
      'Somebody with the product key asked to enroll a device that has a key. If it was replaced or reset, approve it; else its id, or the product key, is in other hands.',
  ],
  'stale-key': [
    'Superseded key',
    'red',
    event =>
      `Somebody used ${key(event).toLowerCase() || 'a key'}, which was superseded: a copy of the device, or an old backup of it.`,
  ],
  refused: ['Refused', 'orange', event => `An authentic request to enroll was refused. ${why(event)}`],
  'left-out': [
    'Left out',
    'orange',
    event => `${count(event.count ?? 0)} more security events came than are stored; metrics count them all.`,
  ],
  reset: ['Reset', 'blue', event => `It may enroll anew. ${who(event)}`],
  'reset-withdrawn': ['Reset withdrawn', 'blue', who],
  blocked: ['Blocked', 'orange', event => `No service until it is unblocked. ${who(event)}`],
  unblocked: ['Unblocked', 'blue', who],
  revoked: ['Revoked', 'red', event => `No service, for good. ${who(event)}`],
  removed: ['Removed', 'grey', who],
  reopened: ['Reopened', 'blue', event => `It may enroll for a new owner. ${who(event)}`],
  approved: ['Approved', 'blue', event => `It may enroll again once. ${who(event)}`],
  'webhook-paused': [
    'Webhook paused',
    'red',
    event =>
      `Webhook ${event.webhook} failed for long, and ${count(event.count ?? 0)} events wait. Mend it, then: ./otakey admin webhook resume ${event.webhook}`,
  ],
};

/** What an event is, its colour, and what it means. */
export function told(event) {
  const [name, tone, means] = KINDS[event.kind] ?? [capital(spaced(event.kind)), 'grey', () => ''];
  return { name, tone, means: means(event).trim() };
}
