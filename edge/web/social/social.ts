import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { type Friend, friendsApi } from '#shared/api/friends.ts';
import { PAGE_SIZE_MAX } from '#shared/api/page.ts';
import { type Party, type PartyInvite, partiesApi } from '#shared/api/parties.ts';
import type { Presence } from '#shared/api/presence.ts';
import type { Access } from '../api/access.ts';
import type { ApiClient } from '../api/client.ts';
import { ChatLog } from './chat-log.ts';
import { Coalesced } from './coalesced.ts';
import type { LiveSource } from './live-source.ts';

export interface People {
  friends: readonly Friend[];
  /** Who has asked the player. */
  asked: readonly Friend[];
  /** Whom the player has asked. */
  asking: readonly Friend[];
}

const NOBODY: People = { friends: [], asked: [], asking: [] };

export interface SocialOptions {
  access: Access;
  api: ApiClient;
  live: LiveSource;
  /** The party's leader has started a game: take the player's place in it. */
  onStarting: (partyId: string) => void;
}

/**
 * The player's friends and party, kept up to date by live events for as long as somebody is signed in. What is done throws
 * NearcadeError, and shows at once.
 */
export class Social {
  readonly #api: ApiClient;
  readonly #live: LiveSource;
  readonly #people = signal<People>(NOBODY);
  readonly #party = signal<Party | null>(null);
  readonly #invites = signal<readonly PartyInvite[]>([]);
  readonly #chat = signal<ChatLog | null>(null);
  readonly #ready = signal(false);
  readonly #readPeople = new Coalesced(() => this.#loadPeople());
  readonly #readParty = new Coalesced(() => this.#loadParty());
  /** Counts sign-ins: what was read for an earlier one is dropped. */
  #era = 0;

  constructor({ access, api, live, onStarting }: SocialOptions) {
    this.#api = api;
    this.#live = live;
    effect(() => {
      if (access.state.value.kind === 'in') return;
      this.#forget();
    });
    const readAll = () => void this.load().catch(() => {});
    const readParty = () => void this.#readParty.run().catch(() => {});
    live.onFresh(readAll);
    live.on('friend_changed', () => void this.#readPeople.run().catch(() => {}));
    live.on('presence_changed', ({ presence }) => this.#see(presence));
    live.on('party_changed', readParty);
    live.on('invited', readParty);
    live.on('kicked', readParty);
    live.on('party_starting', ({ partyId }) => onStarting(partyId));
  }

  /** False until it has been read for the first time. */
  get ready(): ReadonlySignal<boolean> {
    return this.#ready;
  }

  get people(): ReadonlySignal<People> {
    return this.#people;
  }

  get party(): ReadonlySignal<Party | null> {
    return this.#party;
  }

  get invites(): ReadonlySignal<readonly PartyInvite[]> {
    return this.#invites;
  }

  /** The party's; null without a party. */
  get chat(): ReadonlySignal<ChatLog | null> {
    return this.#chat;
  }

  async load(): Promise<void> {
    await Promise.all([this.#readPeople.run(), this.#readParty.run()]);
    this.#ready.value = true;
  }

  async friendCode(): Promise<string> {
    return (await this.#api.call(friendsApi.code, {})).code;
  }

  async ask(code: string): Promise<void> {
    await this.#api.call(friendsApi.ask, { body: { code } });
    await this.#readPeople.run();
  }

  async answerAsk(userId: string, accept: boolean): Promise<void> {
    await this.#api.call(accept ? friendsApi.accept : friendsApi.decline, { params: { userId } });
    await this.#readPeople.run();
  }

  /** Takes an ask back, or ends a friendship. */
  async dropFriend({ user, state }: Friend): Promise<void> {
    const spec = state === 'asking' ? friendsApi.cancel : friendsApi.remove;
    await this.#api.call(spec, { params: { userId: user.id } });
    await this.#readPeople.run();
  }

  async block(userId: string): Promise<void> {
    await this.#api.call(friendsApi.block, { params: { userId } });
    await this.#readPeople.run();
  }

  createParty(): Promise<void> {
    return this.#show(this.#api.call(partiesApi.create, { body: {} }));
  }

  joinParty(code: string): Promise<void> {
    return this.#show(this.#api.call(partiesApi.join, { body: { code } }));
  }

  async answerInvite(id: string, accept: boolean): Promise<void> {
    await this.#api.call(accept ? partiesApi.accept : partiesApi.decline, { params: { id } });
    await this.#readParty.run();
  }

  /** Makes a party first where there is none. */
  async invite(userId: string): Promise<void> {
    if (this.#party.peek() === null) await this.createParty();
    const { id } = this.#need();
    await this.#api.call(partiesApi.invite, { params: { id, userId } });
    await this.#readParty.run();
  }

  async leaveParty(): Promise<void> {
    await this.#api.call(partiesApi.leave, { params: { id: this.#need().id } });
    await this.#readParty.run();
  }

  kick(userId: string): Promise<void> {
    return this.#show(this.#api.call(partiesApi.kick, { params: { id: this.#need().id, userId } }));
  }

  promote(userId: string): Promise<void> {
    const params = { id: this.#need().id };
    return this.#show(this.#api.call(partiesApi.promote, { params, body: { userId } }));
  }

  startReadyCheck(): Promise<void> {
    return this.#show(this.#api.call(partiesApi.check, { params: { id: this.#need().id } }));
  }

  answerReadyCheck(ready: boolean): Promise<void> {
    const { id, round } = this.#need();
    return this.#show(this.#api.call(partiesApi.answer, { params: { id, round }, body: { ready } }));
  }

  start(game: string): Promise<void> {
    const params = { id: this.#need().id };
    return this.#show(this.#api.call(partiesApi.start, { params, body: { game } }));
  }

  #need(): Party {
    const party = this.#party.peek();
    if (party === null) throw new Error('No party');
    return party;
  }

  async #show(answer: Promise<Party>): Promise<void> {
    const era = this.#era;
    const party = await answer;
    if (era === this.#era) this.#setParty(party);
  }

  #setParty(party: Party | null): void {
    const before = this.#party.peek();
    this.#party.value = party;
    if (before?.id === party?.id) return;
    this.#chat.peek()?.close();
    const chat = party === null ? null : new ChatLog(this.#api, this.#live, 'party', party.id);
    this.#chat.value = chat;
    void chat?.load().catch(() => {});
  }

  async #loadPeople(): Promise<void> {
    const era = this.#era;
    const list = async (state: 'friends' | 'asked' | 'asking') => {
      const found: Friend[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { state, limit: PAGE_SIZE_MAX, ...(cursor == null ? {} : { cursor }) };
        const page = await this.#api.call(friendsApi.list, { query });
        found.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    };
    const [friends, asked, asking] = await Promise.all([list('friends'), list('asked'), list('asking')]);
    if (era === this.#era) this.#people.value = { friends, asked, asking };
  }

  async #loadParty(): Promise<void> {
    const era = this.#era;
    const [{ party }, { items }] = await Promise.all([
      this.#api.call(partiesApi.current, {}),
      this.#api.call(partiesApi.invites, {}),
    ]);
    if (era !== this.#era) return;
    this.#setParty(party);
    this.#invites.value = items;
  }

  #see(presence: Presence): void {
    const at = <T extends { user: { id: string }; presence: Presence | null }>(one: T): T =>
      one.user.id === presence.userId ? { ...one, presence } : one;
    const people = this.#people.peek();
    this.#people.value = { ...people, friends: people.friends.map(at) };
    const party = this.#party.peek();
    if (party !== null) this.#party.value = { ...party, members: party.members.map(at) };
  }

  #forget(): void {
    this.#era += 1;
    this.#people.value = NOBODY;
    this.#invites.value = [];
    this.#ready.value = false;
    this.#setParty(null);
  }
}
