import type { Random } from '../support/random.ts';
import { minuteAt, minutesPerDay, zoneOf } from './day-pattern.ts';

/** Assumptions on how much comes to mailboxes. */
export type ActivityModel = {
  /** Share of the mailboxes that had mail within 48 hours, 0 to 1. */
  readonly activeShare: number;
  /** Chat mails a mailbox receives in a day, on average over all. */
  readonly messagesPerDay: number;
  /** Calls of the app in a day, on average over all; made by those whose mailboxes are in use. */
  readonly callsPerDay: number;
};

/** Mailboxes that are not in use hear of a chat once in so many days. */
const daysBetweenRareMails = 60;
/** Of the lognormal distribution of mails a day: a tenth of the mailboxes in use gets more than half of all. */
const spread = 1.3;
/** No mailbox gets more, as a multiple of the mean of those in use. */
const mostTimesMean = 50;

/** One mailbox's day. `arrivals` is used again for the next mailbox. */
export type AccountActivity = {
  readonly zone: number;
  readonly isInUse: boolean;
  /** Minutes of the day, rising; several in one minute are several times there. The first `count` are valid. */
  readonly arrivals: Uint16Array;
  count: number;
  /** The minute of the last mail before this day, below 0. */
  lastBefore: number;
};

/** Draws the days of many mailboxes, one after the other. */
export class ActivitySource {
  readonly model: ActivityModel;
  readonly #random: Random;
  readonly #inUseShare: number;
  readonly #meanInUse: number;
  readonly #arrivals = new Uint16Array(65_536);

  constructor(model: ActivityModel, random: Random) {
    this.model = model;
    this.#random = random;
    const rarely = 1 - Math.exp(-2 / daysBetweenRareMails);
    this.#inUseShare = Math.max(0, (model.activeShare - rarely) / (1 - rarely));
    const ofRare = (1 - this.#inUseShare) / daysBetweenRareMails;
    this.#meanInUse = (model.messagesPerDay - ofRare) / this.#inUseShare;
  }

  next(): AccountActivity {
    const random = this.#random;
    const zone = zoneOf(random.next());
    const isInUse = random.next() < this.#inUseShare;
    const perDay = isInUse ? this.#drawRate() : 1 / daysBetweenRareMails;
    // Poisson, in a time that runs as fast as people write: evenly spread from 0 to 1, then bent to the day's pattern.
    let count = 0;
    for (let at = random.wait() / perDay; at < 1; at += random.wait() / perDay) {
      if (count === this.#arrivals.length) break;
      this.#arrivals[count++] = minuteAt(zone, at);
    }
    const back = random.wait() / perDay;
    const lastBefore = minuteAt(zone, Math.ceil(back) - back) - minutesPerDay * Math.max(1, Math.ceil(back));
    return { zone, isInUse, arrivals: this.#arrivals, count, lastBefore };
  }

  #drawRate(): number {
    const times = Math.exp(spread * this.#random.normal() - (spread * spread) / 2);
    return this.#meanInUse * Math.min(mostTimesMean, times);
  }
}
