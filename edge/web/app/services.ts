import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { playApi } from '#shared/api/play.ts';
import { CLIENT_HEADER, WEB_CLIENT } from '#shared/client-version.ts';
import { ERROR_CODES, type ErrorCode } from '#shared/errors.ts';
import { Access } from '../api/access.ts';
import { ApiClient } from '../api/client.ts';
import { Passkeys } from '../api/passkeys.ts';
import { LiveClient } from '../live/live-client.ts';
import { AdmissionDesk } from '../session/admission-desk.ts';
import { RoundTrips } from '../session/round-trips.ts';
import { PartyStart } from '../social/party-start.ts';
import { Social } from '../social/social.ts';
import { watchCredits } from './credits.ts';
import { CurrentSession } from './current-session.ts';
import { LayoutSetting } from './layout-setting.ts';
import { outdated, showCut, showLiveNotices } from './live-notices.ts';
import { showMaintenance } from './maintenance.ts';
import { Notices } from './notices.ts';
import { QualitySetting } from './quality-setting.ts';
import { Router } from './router.ts';
import { takeSignInError } from './sign-in-error.ts';
import { VoiceSettings } from './voice-settings.ts';
import { VolumeSetting } from './volume.ts';

/** What the pages work with; made once, at the start of the app. */
export interface Services {
  access: Access;
  api: ApiClient;
  router: Router;
  desk: AdmissionDesk;
  live: LiveClient;
  notices: Notices;
  /** Credits that the player can spend; null until known. */
  credits: ReadonlySignal<number | null>;
  current: CurrentSession;
  social: Social;
  /** Whether the panel of friends and party is open. */
  socialOpen: Signal<boolean>;
  partyStart: PartyStart;
  roundTrips: RoundTrips;
  volume: VolumeSetting;
  voice: VoiceSettings;
  layout: LayoutSetting;
  quality: QualitySetting;
  passkeys: Passkeys;
  /** Why a journey to the sign-in service failed, until the player tries again. */
  signInError: Signal<ErrorCode | null>;
}

export function createServices(window: Window & typeof globalThis): Services {
  const notices = new Notices();
  const fetcher = sayingWhoWeAre(window, () => notices.show(outdated()));
  const signInError = signal(takeSignInError(window));
  const access = new Access(fetcher);
  const roundTrips = new RoundTrips({
    storage: window.localStorage,
    regions: async () => (await api.call(playApi.regions, {})).regions,
    now: () => Date.now(),
  });
  const api = new ApiClient(fetcher, access, () => roundTrips.known());
  window.addEventListener('online', () => roundTrips.forget());
  const live = openLive(window, access, notices);
  const router = new Router(window);
  const desk = new AdmissionDesk(() => performance.now());
  const current = new CurrentSession({ access, api, live });
  const socialOpen = signal(false);
  showLiveNotices({ live, notices, router, current, socialOpen });
  showMaintenance(live, notices, fetcher);
  const partyStart = new PartyStart({ api, desk, router });
  return {
    access,
    api,
    router,
    desk,
    live,
    notices,
    credits: watchCredits(api, live),
    current,
    social: new Social({ access, api, live, onStarting: partyId => partyStart.enter(partyId) }),
    socialOpen,
    partyStart,
    roundTrips,
    voice: new VoiceSettings(window.localStorage),
    layout: new LayoutSetting(window.localStorage, window.navigator),
    quality: new QualitySetting(window.localStorage),
    volume: new VolumeSetting(window.localStorage),
    passkeys: new Passkeys(api, access),
    signInError,
  };
}

/** `fetch` that names this client and its version; `outdated` is called when the platform does not serve it any more. */
function sayingWhoWeAre(window: Window & typeof globalThis, outdated: () => void): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set(CLIENT_HEADER, `${WEB_CLIENT.name}/${WEB_CLIENT.version}`);
    const answer = await window.fetch(input, { ...init, headers });
    if (answer.status === ERROR_CODES.update_required.status) outdated();
    return answer;
  };
}

function openLive(window: Window, access: Access, notices: Notices): LiveClient {
  const address = new URL('/v1/live', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const live = new LiveClient({
    access,
    address: address.href,
    news: {
      cut: reason => showCut(notices, reason),
      outdated: () => notices.show(outdated()),
    },
  });
  window.addEventListener('online', () => live.wake());
  window.document.addEventListener('visibilitychange', () => {
    if (window.document.visibilityState === 'visible') live.wake();
  });
  return live;
}
