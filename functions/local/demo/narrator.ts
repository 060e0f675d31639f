import { styleText } from 'node:util';

/** Tells the demo's steps on a terminal, with the time since its start. */
export type Narrator = {
  say(line: string): void;
  step(who: string, what: string): void;
};

/** `colour` is for a terminal that shows it; without it nothing but text is written. */
export function createNarrator(write: (line: string) => void, colour: boolean): Narrator {
  const startedAt = performance.now();
  const style = (format: 'dim' | 'bold', text: string) => (colour ? styleText(format, text) : text);
  return {
    say: write,
    step(who, what) {
      const ms = `${String(Math.round(performance.now() - startedAt)).padStart(6)} ms`;
      write(`${style('dim', ms)}  ${style('bold', who.padEnd(6))} ${what}`);
    },
  };
}
