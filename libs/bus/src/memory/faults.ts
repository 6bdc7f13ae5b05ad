/** How often things go wrong on the bus, each from 0 to 1. */
export interface BusFaults {
  /** A delivery is lost; the message comes again when its acknowledgement is missed. */
  readonly lostDelivery: number;
  /** A message is given twice. */
  readonly doubled: number;
  /** A message comes late, by up to `maxDelayMs`. */
  readonly delayed: number;
  readonly maxDelayMs: number;
  /** `publish` fails; with even odds the stream has the message all the same. */
  readonly failedPublish: number;
  /** The message is accepted and then gone for good: what a server without fsync may do when power fails. */
  readonly lostForGood: number;
  /** A request or its answer is lost: the asker sees a timeout. */
  readonly lostRequest: number;
}

export const noBusFaults: BusFaults = {
  lostDelivery: 0,
  doubled: 0,
  delayed: 0,
  maxDelayMs: 0,
  failedPublish: 0,
  lostForGood: 0,
  lostRequest: 0,
};
