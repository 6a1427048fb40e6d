// Who is signed in, which view is open, and whether the gateway answers.
import * as api from './api.js';
import * as campaign from './campaign.js';
import * as campaigns from './campaigns.js';
import * as device from './device.js';
import * as devices from './devices.js';
import { el, replace, say } from './dom.js';
import * as events from './events.js';
import * as fleet from './fleet.js';
import * as platforms from './platforms.js';
import { Follower } from './stream.js';
import { moment } from './words.js';

/** One of the gateway's, or an access token of the provider that it was told of. */
const TOKEN = /^([0-9a-f]{64}|[\w-]+\.[\w-]+\.[\w-]+)$/i;
const AWAY_MILLIS = 2000;
const LIVE = { live: 'Live', asking: 'Asking every 5 s', away: 'Away' };

const $ = id => document.getElementById(id);
const main = $('main');

/** The view that is open: what ends with it. */
let open = null;
let self = null;
let awaySince = null;

/** A view by the address after `#`; its arguments are the rest of the path and the query. */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...rest] = path.split('/').map(decodeURIComponent);
  const args = { rest, query: new URLSearchParams(query) };
  switch (name) {
    case 'campaigns':
      return { module: rest.length > 0 ? campaign : campaigns, name, args };
    case 'devices':
      return { module: rest.length > 1 ? device : devices, name, args };
    case 'events':
      return { module: events, name, args };
    case 'platforms':
      return { module: platforms, name, args };
    default:
      return { module: fleet, name: 'fleet', args };
  }
}

function close() {
  open?.stop();
  open = null;
}

function start() {
  close();
  if (self === null) {
    return;
  }
  const { module, name, args } = route();
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === `#/${name}`) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
  const region = el('div.view');
  /** @type {any} */
  const view = module.view({ region, self, args });
  document.title = `${view.title} · OTA-Key Gateway`;
  replace(main, el('h1', { tabindex: '-1' }, view.title), view.lead && el('p.lead', {}, view.lead), region);
  replace(region, el('p.wait', {}, 'Loading …'));
  live(null);
  open = new Open(view, region);
}

/** A view from its opening to its end: asked again and again, and told of events. */
class Open {
  stopped = new AbortController();
  woken = false;
  rouse = () => {};
  follower = null;
  cursor = undefined;

  constructor(view, region) {
    this.view = view;
    this.region = region;
    view.again = () => this.wake();
    void this.run();
    this.follow();
  }

  stop() {
    this.stopped.abort();
    this.follower?.stop();
    this.wake();
  }

  follow() {
    this.follower?.stop();
    this.cursor = this.follower?.cursor ?? this.cursor;
    this.follower = null;
    if (this.view.follow && !document.hidden) {
      const listener = {
        events: told => this.view.told(told),
        state: live,
        gap: () => this.wake(),
        ended: failure => failure.status === 401 && ended(failure),
      };
      this.follower = new Follower(this.view.follow, listener, this.cursor);
    }
  }

  async run() {
    while (!this.stopped.signal.aborted) {
      let rest = this.view.every;
      this.woken = false;
      if (!document.hidden) {
        try {
          await this.view.refresh();
          this.is(back);
          if (!this.view.follow) {
            this.is(() => live('asked'));
          }
        } catch (failure) {
          rest = this.failed(failure);
        }
      }
      await this.pause(rest);
    }
  }

  /** Asks again now, or after what is being asked. */
  wake() {
    this.woken = true;
    this.rouse();
  }

  pause(millis) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, millis);
      this.rouse = () => (clearTimeout(timer), resolve(null));
      if (this.woken) {
        this.rouse();
      }
    });
  }

  /** Says so, if this view is still the one that is open; how long to rest. */
  failed(failure) {
    if (failure instanceof api.Refused && failure.status === 401) {
      this.is(() => ended(failure));
    } else if (failure instanceof api.Away || failure.status === 503 || failure.status === 429) {
      this.is(() => away(failure));
      return AWAY_MILLIS;
    } else {
      this.is(() =>
        replace(
          this.region,
          problem(failure, () => start()),
        ),
      );
    }
    return this.view.every;
  }

  is(todo) {
    if (!this.stopped.signal.aborted) {
      todo();
    }
  }
}

/** What went wrong, with the remedy that the gateway names. */
function problem(failure, again) {
  return el(
    'div.note.bad',
    { role: 'alert' },
    el('p', {}, capitalised(failure.message)),
    !(failure instanceof api.Refused) && el('p', {}, 'This is a fault of the console: load the page anew.'),
    el('button', { type: 'button', onclick: again }, 'Try again'),
  );
}

const capitalised = text => text.charAt(0).toUpperCase() + text.slice(1);

/** What the dot at the top says; null while nothing is followed. */
function live(state) {
  $('live').className = `live ${state ?? ''}`;
  $('live').textContent =
    state === 'asked' ? `As of ${moment(new Date().toISOString())}` : (LIVE[state] ?? '');
}

function away(failure) {
  awaySince ??= new Date().toISOString();
  const why = failure instanceof api.Refused ? capitalised(failure.message) : 'The gateway does not answer.';
  replace($('banner'), el('p', {}, `${why} What you see is of ${moment(awaySince)}; trying again …`));
}

function back() {
  if (awaySince !== null) {
    awaySince = null;
    replace($('banner'));
    say('The gateway is back.');
  }
}

/** The token is not accepted any more. */
function ended(failure) {
  api.signOut();
  self = null;
  close();
  form(`You were signed out: ${failure.message}.`);
}

function form(message) {
  const input = el('input', {
    ...{ id: 'token', type: 'password', required: true, spellcheck: 'false', autocomplete: 'off' },
    ...{ autocapitalize: 'off', 'aria-describedby': 'token-hint problem' },
  });
  const fault = el('p', { id: 'problem', role: 'alert', class: 'fault' }, message);
  const button = el('button.primary', { type: 'submit' }, 'Sign in');
  const enter = async event => {
    event.preventDefault();
    button.disabled = true;
    fault.textContent = '';
    const fails = await signIn(input.value.trim());
    button.disabled = false;
    if (fails !== null) {
      fault.textContent = capitalised(fails);
      input.focus();
      input.select();
    }
  };
  replace($('banner'));
  awaySince = null;
  $('top').hidden = true;
  document.title = 'Sign in · OTA-Key Gateway';
  replace(
    main,
    el(
      'form.sign-in',
      { onsubmit: enter },
      el('h1', {}, el('small', {}, 'OTA-Key Gateway'), 'Console'),
      el('label', { for: 'token' }, 'API token'),
      input,
      el(
        'p.hint',
        { id: 'token-hint' },
        'The token stays in this tab and goes to this gateway alone. ',
        el('code', {}, './otakey admin token create NAME --role viewer'),
        ' makes one.',
      ),
      fault,
      button,
    ),
  );
  input.focus();
}

/** Signs in; what is wrong, or null. */
async function signIn(token) {
  if (!TOKEN.test(token)) {
    return 'A token has 64 digits of 0–9 and a–f: copy all of it.';
  }
  api.signIn(token);
  try {
    self = await api.get('/self');
  } catch (failure) {
    api.signOut();
    return failure instanceof api.Refused ? failure.message : 'The gateway does not answer: try again.';
  }
  api.keepToken();
  enter();
  main.querySelector('h1')?.focus();
  return null;
}

/** Shows the console to who is signed in. */
function enter() {
  const limited = self.products.length > 0 ? `, ${self.products.join(', ')}` : '';
  replace($('who'), el('b', {}, self.name), ` ${self.role}${limited}`);
  $('top').hidden = false;
  start();
}

/** Goes on with the token that this tab has. */
async function resume() {
  try {
    self = await api.get('/self');
    replace($('banner'));
    enter();
  } catch (failure) {
    if (failure instanceof api.Refused && failure.status === 401) {
      ended(failure);
    } else {
      away(failure);
      setTimeout(resume, AWAY_MILLIS);
    }
  }
}

$('leave').addEventListener('click', () => {
  api.signOut();
  self = null;
  close();
  history.replaceState(null, '', '#/fleet'); // whoever comes next begins there
  form('');
});
window.addEventListener('hashchange', () => {
  start();
  main.querySelector('h1')?.focus();
  window.scrollTo(0, 0);
});
document.addEventListener('visibilitychange', () => {
  open?.follow();
  open?.wake();
});
if (api.signedIn()) {
  void resume();
} else {
  form('');
}
