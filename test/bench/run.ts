import { loadavg } from 'node:os';
import { startMailServers } from '../support/dovecot.ts';
import { benchIdleMemory } from './idle-memory.ts';
import { benchChecks } from './imap-checks.ts';
import { type Burst, benchLatency } from './latency.ts';
import { calibrate, quantile } from './machine.ts';
import { benchPeers, type PeerFigures } from './peers/bench-peers.ts';
import { pushRows } from './push-rows.ts';
import { benchReadMail, type ReadMailFigures } from './read-mail.ts';
import { benchSends, type SendFigures } from './send-rate.ts';
import { type Row, tableOf } from './table.ts';
import { benchWriteUnits } from './write-units.ts';

const idleConnections = 500;
const startedAt = performance.now();

/** All figures of one run in one table; what it is at, on stderr. */
async function main(): Promise<void> {
  const date = new Date().toISOString();
  const { cpu, cores, loopSeconds } = calibrate();
  const load = loadavg()[0] ?? 0;
  progress(`integer loop in ${loopSeconds.toFixed(2)} s`);

  const pushes = await pushRows(progress);
  const reads = await benchReadMail();
  progress(`${reads.fetched.toFixed(0)} µs to read a chat mail`);
  const sends = await benchSends();
  progress(`${sends.ours.toFixed(0)} sends per CPU-second`);
  const rows = [
    ...(await latencyRows()),
    ...(await mailRows()),
    ...pushes,
    ...readRows(reads),
    ...sendRows(sends),
  ];

  process.stdout.write(
    `coi-push bench, ${date}, Node ${process.version}, ${cores} cores of ${cpu}\n` +
      `calibration: 300 million integer steps in ${loopSeconds.toFixed(2)} s; load average at the start ${load.toFixed(2)}\n\n` +
      `${tableOf(rows)}\n`,
  );
}

async function latencyRows(): Promise<readonly Row[]> {
  const { idle, idleFromRaw, bursts, floor } = await benchLatency(progress);
  const what = 'the same from the EXISTS line of a raw IDLE client';
  const median = (figure: (burst: Burst) => number) => quantile(bursts.map(figure), 0.5);
  const mails = bursts[0]?.latencies.length ?? 0;
  const idleRow = (share: number, atMost: number): Row => ({
    figure: `mail to push, idle, p${share * 100} of ${idle.length}`,
    ...{ unit: 'ms', ours: quantile(idle, share), target: { atMost } },
    baseline: { what, value: quantile(idleFromRaw, share) },
  });
  const burstRow = (share: number, atMost: number): Row => ({
    figure: `mail to push, burst, p${share * 100} of ${mails}`,
    ...{ unit: 'ms', ours: median(({ latencies }) => quantile(latencies, share)), target: { atMost } },
    baseline: { what, value: median(({ fromRaw }) => quantile(fromRaw, share)) },
  });
  return [
    idleRow(0.5, 50),
    idleRow(0.99, 250),
    burstRow(0.5, 50),
    burstRow(0.99, 250),
    {
      ...{ figure: '  first delivery to last push', unit: 'ms', ours: median(({ ms }) => ms) },
      baseline: { what: 'until Dovecot had taken all mails', value: median(({ deliveryMs }) => deliveryMs) },
    },
    {
      figure: '  CPU of the service and its database',
      ...{ unit: 'ms', ours: median(({ cpu }) => cpu.service) },
      baseline: {
        what: 'all else busy: Dovecot, this bench, other work',
        value: median(({ cpu }) => cpu.machine - cpu.service),
      },
    },
    { figure: 'floor: delivery to EXISTS line, p50', unit: 'ms', ours: quantile(floor, 0.5) },
    { figure: 'floor: delivery to EXISTS line, p99', unit: 'ms', ours: quantile(floor, 0.99) },
  ];
}

async function mailRows(): Promise<readonly Row[]> {
  const mail = await startMailServers();
  try {
    const units = await benchWriteUnits(mail);
    progress(`${units.perMessage} write units per message`);
    const checks = await benchChecks(mail);
    progress(`${checks.ours.median.toFixed(0)} checks per CPU-second`);
    const memory = await benchIdleMemory(mail, idleConnections);
    progress(`${(memory.ours / 1000).toFixed(0)} KB per waiting connection`);
    const peers = await benchPeers(mail, progress);
    const beside = (figure: string, ours: number, of: (peer: PeerFigures) => number | undefined) =>
      peers.flatMap((peer): Row[] => {
        const value = of(peer);
        const what = `version ${peer.version}, which ${peer.does}`;
        if (value === undefined) return [];
        return [{ figure: `  ${figure} ${peer.name}`, unit: '', ours, baseline: { what, value } }];
      });
    const imapflow = (value: number) => ({ what: 'imapflow as it comes', value });
    const check = (figure: string, ours: number, target?: Row['target']): Row => ({
      ...{ figure, unit: '', ours, baseline: imapflow(checks.imapflow.median) },
      ...(target === undefined ? {} : { target }),
    });
    return [
      check('checks per CPU-second', checks.ours.median, { atLeast: 320 }),
      check('  and with LIST', checks['ours-with-list'].median),
      check("  the poll's flow (checkAccount)", checks['ours-flow'].median, { atLeast: 320 }),
      {
        ...{ figure: 'round trips of one check', unit: '', ours: checks.ours.roundTrips },
        baseline: imapflow(checks.imapflow.roundTrips),
      },
      {
        ...{ figure: "  of the poll's flow", unit: '', ours: checks['ours-flow'].roundTrips },
        baseline: imapflow(checks.imapflow.roundTrips),
      },
      ...beside(
        'checks per CPU-second, beside',
        checks['ours-flow'].median,
        (peer) => peer.checksPerCpuSecond,
      ),
      {
        ...{ figure: `RSS per IDLE connection at ${idleConnections}`, unit: 'KB', ours: memory.ours / 1000 },
        baseline: imapflow(memory.imapflow / 1000),
        target: { atMost: 105 },
      },
      ...beside('KB for a waiting mailbox, beside', memory.ours / 1000, ({ perWaiting }) =>
        perWaiting === undefined ? undefined : perWaiting / 1000,
      ),
      {
        ...{ figure: 'write units per received message', unit: '', ours: units.perMessage },
        target: { atMost: 3 },
      },
      {
        ...{ figure: 'write units per empty check', unit: '', ours: units.perEmptyCheck },
        target: { atMost: 0 },
      },
    ];
  } finally {
    await mail.stop();
  }
}

function sendRows(sends: SendFigures): readonly Row[] {
  const row = (figure: string, what: string, value: number): Row => ({
    ...{ figure, unit: '', ours: sends.ours, baseline: { what, value } },
  });
  return [
    row('sends per CPU-second', 'plain nodemailer', sends.nodemailer),
    row('  beside a pool', 'plain nodemailer, its connections kept open', sends['nodemailer-pooled']),
  ];
}

function readRows({ bytes, fetched, ofBytes, mailparser }: ReadMailFigures): readonly Row[] {
  const baseline = { what: 'mailparser, from its bytes', value: mailparser };
  const figure = `CPU to read a chat mail of ${bytes} bytes`;
  return [
    { figure, unit: 'µs', ours: fetched, baseline, target: { atMost: 60 } },
    { figure: '  and its structure from its bytes', unit: 'µs', ours: ofBytes, baseline },
  ];
}

function progress(line: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
}

await main();
