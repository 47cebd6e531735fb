// What a client has of each conversation that it follows. Decides what is new, what is a repeat and what is missing.

export class Places {
  // Name → {epoch, sequence, next}. With `next` the log has become another one, of that epoch; the place is one of the
  // old log until a gap or a message comes: should the connection end before, the broker is to tell it again.
  #places = new Map();

  /** @param {Iterable<{conversation: string, epoch?: string, sequence: number}>} positions */
  constructor(positions = []) {
    for (const { conversation, epoch = "0", sequence } of positions) {
      this.#places.set(conversation, { epoch, sequence, next: null });
    }
  }

  get(conversation) {
    return this.#places.get(conversation);
  }

  all() {
    return Array.from(this.#places, ([conversation, { epoch, sequence }]) => ({ conversation, epoch, sequence }));
  }

  /** @returns {"deliver" | "repeat" | "jump" | "unknown"} */
  receive({ conversation, sequence }) {
    const place = this.#places.get(conversation);
    if (!place) return "unknown";
    if (place.next === null) {
      if (sequence <= place.sequence) return "repeat";
      if (sequence !== place.sequence + 1) return "jump";
    }
    place.epoch = place.next ?? place.epoch;
    place.sequence = sequence;
    place.next = null;
    return "deliver";
  }

  /** @returns {"deliver" | "repeat" | "jump" | "unknown"} */
  receiveGap(gap) {
    const place = this.#places.get(gap.conversation);
    if (!place) return "unknown";
    let sequence = gap.to;
    if (gap.reason === "GAP_REASON_EPOCH_CHANGED") {
      sequence = 0;
    } else if (gap.reason === "GAP_REASON_LOG_TRUNCATED") {
      // What comes next takes the number of the first one that was lost.
      sequence = Math.max(0, gap.from - 1);
    } else if (place.next === null) {
      if (gap.to <= place.sequence) return "repeat";
      if (gap.from > place.sequence + 1) return "jump";
    }
    const epoch = gap.epoch === "0" ? place.next ?? place.epoch : gap.epoch;
    this.#places.set(gap.conversation, { epoch, sequence, next: null });
    return "deliver";
  }

  /** Delivery starts as the state says, whatever was before. */
  follow({ conversation, epoch, position }) {
    this.#places.set(conversation, { epoch, sequence: position, next: null });
  }

  /** Delivery starts as the state says, unless there is a place in this log already. */
  meet(state) {
    const place = this.#places.get(state.conversation);
    if (!place) return this.follow(state);
    if (state.epoch === "0") return;
    if (place.epoch === "0") place.epoch = state.epoch;
    place.next = place.epoch === state.epoch ? null : state.epoch;
  }

  /** Whether delivery starts elsewhere than after the place, which the broker was not told. */
  isElsewhere({ conversation, position }) {
    const place = this.#places.get(conversation);
    return place !== undefined && (place.next !== null || place.sequence !== position);
  }

  forget(conversation) {
    return this.#places.delete(conversation);
  }

  /** Conversations of which the broker has sent more than came. */
  missing(tails) {
    return tails
      .filter(({ conversation, sequence }) => {
        const place = this.#places.get(conversation);
        return place !== undefined && place.next === null && Number(sequence ?? 0) > place.sequence;
      })
      .map(({ conversation }) => conversation);
  }
}
