// What this browser remembers: who signed in, the theme, and of each user what was read and followed.

// Where storage is refused, already naming it fails.
const tab = () => sessionStorage;
const browser = () => localStorage;

const read = (storage, key, otherwise) => {
  try {
    const value = JSON.parse(storage().getItem(key)) ?? otherwise;
    // Of another program at this address: as if there was nothing.
    return typeof value === typeof otherwise && Array.isArray(value) === Array.isArray(otherwise) ? value : otherwise;
  } catch {
    // Refused by the browser, or not ours.
    return otherwise;
  }
};

const write = (storage, key, value) => {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, JSON.stringify(value));
  } catch {
    // Full or refused: it is forgotten with the page.
  }
};

const NOBODY = "";
const BROADCAST = /^broadcast:[A-Za-z0-9._+@/-]{1,128}$/;

/**
 * Who is signed in: in this tab, or in a new tab who signed in last. The token is forgotten with the tab. Without
 * storage it is this page's alone.
 */
export const identity = {
  get: () => ({
    user: read(tab, "chat.user", read(browser, "chat.user", NOBODY)),
    token: read(tab, "chat.token", ""),
  }),
  set({ user, token }) {
    write(browser, "chat.user", user);
    write(tab, "chat.user", user);
    write(tab, "chat.token", token || null);
  },
  clear() {
    const { user } = identity.get();
    // Another tab may have somebody else.
    if (read(browser, "chat.user", NOBODY) === user) write(browser, "chat.user", null);
    write(tab, "chat.user", NOBODY);
    write(tab, "chat.token", null);
  },
};

export const theme = {
  get: () => read(browser, "chat.theme", "system"),
  set: (value) => write(browser, "chat.theme", value === "system" ? null : value),
};

/** Of one user. Other tabs write too: marks only grow. */
export class UserSettings {
  #key;

  constructor(user) {
    this.#key = `chat.of.${user}`;
  }

  /** Conversation → {epoch, sequence}: the last message that was read. */
  get readMarks() {
    return read(browser, `${this.#key}.read`, {});
  }

  set readMarks(marks) {
    const merged = this.readMarks;
    for (const [conversation, mark] of Object.entries(marks)) {
      const old = merged[conversation];
      if (old?.epoch !== mark.epoch || old.sequence < mark.sequence) merged[conversation] = mark;
    }
    write(browser, `${this.#key}.read`, merged);
  }

  isReadMarks(event) {
    return event.key === `${this.#key}.read`;
  }

  /** Broadcasts that are followed: the broker forgets them with the session. */
  get broadcasts() {
    return read(browser, `${this.#key}.broadcasts`, []).filter(isBroadcast);
  }

  /**
   * Places of those that this tab follows. What other tabs follow stays.
   *
   * @param {Iterable<string>} unfollowed what the user does not follow any more
   */
  saveBroadcasts(positions, unfollowed) {
    const merged = new Map(this.broadcasts.map((position) => [position.conversation, position]));
    for (const conversation of unfollowed) merged.delete(conversation);
    for (const position of positions) merged.set(position.conversation, position);
    write(browser, `${this.#key}.broadcasts`, [...merged.values()]);
  }

  /** Broadcasts that another tab does not follow any more. */
  unfollowedElsewhere(event) {
    if (event.key !== `${this.#key}.broadcasts`) return [];
    const left = new Set(this.broadcasts.map(({ conversation }) => conversation));
    return parsed(event.oldValue).filter(isBroadcast).map(({ conversation }) => conversation)
      .filter((name) => !left.has(name));
  }

  /** What was not answered when the page went. Of this tab, so that another one does not send it too. */
  get outbox() {
    return read(tab, `${this.#key}.outbox`, []);
  }

  set outbox(items) {
    write(tab, `${this.#key}.outbox`, items.length > 0 ? items : null);
  }
}

const EPOCH = /^\d{1,20}$/;
const isBroadcast = (place) =>
  BROADCAST.test(place?.conversation) && EPOCH.test(place.epoch) && Number.isSafeInteger(place.sequence);

function parsed(text) {
  try {
    return [JSON.parse(text) ?? []].flat();
  } catch {
    return [];
  }
}
