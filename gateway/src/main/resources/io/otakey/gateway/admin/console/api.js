// The gateway's API: one token, sent as a header and nowhere else.

const KEEP = 'otakey.token';
const PATIENCE_MILLIS = 20_000;

/** The gateway said no; its text says why, and what to do. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `The gateway answered with status ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

/** Nobody answered. */
export class Away extends Error {}

// Kept for this tab alone, so that a reload, or a phone that put the tab aside, does not ask again.
let token = sessionStorage.getItem(KEEP);

export const signedIn = () => token !== null;

export function signIn(text) {
  token = text;
}

/** Remembers a token that was right. */
export function keepToken() {
  sessionStorage.setItem(KEEP, token);
}

export function signOut() {
  token = null;
  sessionStorage.removeItem(KEEP);
}

/** A path with its query; of a list each value, nothing of what is empty. */
export function address(path, query = {}) {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().flatMap(one => (one === undefined || one === null || one === '' ? [] : [[name, one]])),
  );
  const text = new URLSearchParams(pairs).toString();
  return text ? `${path}?${text}` : path;
}

/**
 * One answer, whatever its status; fails with Away.
 *
 * @param {string} path
 * @param {{method?: string, headers?: Record<string, string>, signal?: AbortSignal}} how
 */
export async function send(path, { method = 'GET', headers = {}, signal } = {}) {
  try {
    return await fetch(path, {
      method,
      headers: { ...(token === null ? {} : { Authorization: `Bearer ${token}` }), ...headers },
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal,
    });
  } catch (failure) {
    throw new Away(String(failure));
  }
}

async function json(method, path, query) {
  const answer = await send(address(path, query), { method, signal: AbortSignal.timeout(PATIENCE_MILLIS) });
  const body = await read(answer);
  if (!answer.ok) {
    throw new Refused(answer.status, body);
  }
  return body;
}

/** An answer's body; a proxy's page before a gateway that is away counts as nobody's. */
export async function read(answer) {
  const text = await answer.text().catch(failure => {
    throw new Away(String(failure));
  });
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new Away(`status ${answer.status} without an answer of the gateway`);
  }
}

export const get = (path, query) => json('GET', path, query);

export const act = path => json('POST', path);

/** The same, or nothing where the token may not. */
export const ifMay = (path, query) =>
  get(path, query).catch(failure => {
    if (failure instanceof Refused && failure.status === 403) {
      return null;
    }
    throw failure;
  });

/** Checks of the node by name, `up` or `down`, whether it is ready or not. */
export async function health() {
  const answer = await send('/health/ready', { signal: AbortSignal.timeout(PATIENCE_MILLIS) });
  return (await read(answer)).checks ?? {};
}
