// The units in use, by Grafana's names, and how a picture writes a number in each.
type Steps = [factor: number, name: string][];

const SHORT: Steps = [
  [1e9, ' Bil'],
  [1e6, ' Mil'],
  [1e3, ' K'],
  [1, ''],
];
const BYTES: Steps = [
  [2 ** 40, ' TiB'],
  [2 ** 30, ' GiB'],
  [2 ** 20, ' MiB'],
  [2 ** 10, ' KiB'],
  [1, ' B'],
];
const SECONDS: Steps = [
  [365 * 86_400, ' years'],
  [86_400, ' days'],
  [3600, ' h'],
  [60, ' min'],
  [1, ' s'],
  [1e-3, ' ms'],
  [1e-6, ' µs'],
];

const fixed = (value: number, decimals?: number): string =>
  decimals === undefined ? digits(value) : value.toFixed(decimals);

/** In the largest unit that leaves at least one, else in the smallest. */
function scaled(steps: Steps, value: number, decimals?: number): string {
  const [factor, name] = steps.find(([from]) => Math.abs(value) >= from) ?? steps[steps.length - 1];
  return fixed(value / factor, decimals) + name;
}

/** Three digits that count. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 0.01) {
    return value.toPrecision(2);
  }
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)));
}

/** A number in a unit; `decimals` as the panel wants them, else three digits. */
export const UNITS: Record<string, (value: number, decimals?: number) => string> = {
  none: fixed,
  short: (value, decimals) => scaled(SHORT, value, Math.abs(value) < 1000 ? decimals : undefined),
  percentunit: (value, decimals) => `${fixed(value * 100, decimals)}%`,
  s: (value, decimals) => (value === 0 ? '0 s' : scaled(SECONDS, value, decimals)),
  bytes: (value, decimals) => scaled(BYTES, value, decimals),
  Bps: (value, decimals) => `${scaled(BYTES, value, decimals)}/s`,
  ops: (value, decimals) => `${scaled(SHORT, value, decimals)} ops/s`,
  reqps: (value, decimals) => `${scaled(SHORT, value, decimals)} req/s`,
};
