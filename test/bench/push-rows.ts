import { quantile } from './machine.ts';
import { benchPushBuild } from './push-build.ts';
import { benchFanOut } from './push-fan-out.ts';
import { benchPushSend } from './push-send.ts';
import type { Row } from './table.ts';

/** What pushes cost, and how soon they are there for many devices and many mails. */
export async function pushRows(progress: (line: string) => void): Promise<readonly Row[]> {
  const builds = await benchPushBuild();
  progress(`${builds.ours.toFixed(0)} pushes built per CPU-second`);
  const sends = await benchPushSend();
  progress(`${sends.ours.toFixed(0)} pushes built and sent per CPU-second`);
  const { last, first, steady, steadyPerSecond } = await benchFanOut(progress);
  const fanOut = (share: number, atMost: number): Row => ({
    figure: `mail to the last of ten devices, p${share * 100} of ${last.length}`,
    ...{ unit: 'ms', ours: quantile(last, share), target: { atMost } },
    baseline: { what: 'to the first of the ten', value: quantile(first, share) },
  });
  const atRate = (share: number, atMost: number): Row => ({
    figure: `mail to push at ${steadyPerSecond.toFixed(0)} mails a second, p${share * 100} of ${steady.length}`,
    ...{ unit: 'ms', ours: quantile(steady, share), target: { atMost } },
  });
  return [
    {
      ...{ figure: 'pushes built per CPU-second', unit: '', ours: builds.ours },
      baseline: { what: 'plain web-push', value: builds.plainWebPush },
      target: { atLeast: 3_000 },
    },
    {
      ...{ figure: '  built and sent, to the answer', unit: '', ours: sends.ours },
      baseline: { what: "web-push's sendNotification, to the same push service", value: sends.plainWebPush },
    },
    fanOut(0.5, 50),
    fanOut(0.99, 250),
    atRate(0.5, 50),
    atRate(0.99, 250),
  ];
}
