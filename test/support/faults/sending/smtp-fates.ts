import type { Random } from '../../random.ts';

/** Where the server meets a connection with what it has in store for it; `IN-DATA` before the end of the mail has come. */
const smtpSteps = [
  'GREETING',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'IN-DATA',
  'TAKEN',
  'UNTAKEN',
  'ANSWERED',
  'QUIT',
] as const;

export type SmtpStep = (typeof smtpSteps)[number];

/**
 * `cut`: the connection; `stall`: no answer for a while, then a cut; `down`: the server is killed and comes back; `kill`: the
 * process at the other end is killed; a number: it answers that. After the final dot, `TAKEN` has taken the mail before, and
 * `UNTAKEN` has not.
 */
export type SmtpAction = 'cut' | 'stall' | 'down' | 'kill' | 421 | 451 | 554;

export type SmtpFate = { readonly step: SmtpStep; readonly action: SmtpAction };

/** What comes of it is for good; drawn less often, as mail that is refused proves less. */
const verdicts: readonly SmtpStep[] = ['MAIL', 'RCPT', 'DATA', 'UNTAKEN'];

/**
 * What is in store for each connection in turn: each combination of step and action several times, and twice as many
 * connections to which nothing happens.
 */
export function drawFates(random: Random, connections: number): (SmtpFate | undefined)[] {
  const fates = smtpSteps.flatMap((step) => actionsAt(step).map((action): SmtpFate => ({ step, action })));
  const deck: (SmtpFate | undefined)[] = [];
  while (deck.length < connections) deck.push(...fates, ...fates.flatMap(() => [undefined, undefined]));
  return random.some(deck, deck.length);
}

function actionsAt(step: SmtpStep): readonly SmtpAction[] {
  const breaks: readonly SmtpAction[] = ['cut', 'stall', 'down', 'kill'];
  switch (step) {
    case 'IN-DATA':
    case 'TAKEN':
    case 'ANSWERED':
    case 'QUIT':
      return breaks;
    default:
      return [
        ...breaks,
        421,
        451,
        ...(verdicts.includes(step) || step === 'GREETING' ? ([554] as const) : []),
      ];
  }
}
