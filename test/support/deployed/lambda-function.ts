import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { listen } from '../listen.ts';
import { collect, collectOutput } from '../logs/collected-log.ts';

export type FunctionOptions = {
  readonly name: string;
  readonly arn: string;
  /** The folder with the bundle. */
  readonly code: string;
  /** `index.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Environments at the same time; what comes above is throttled. */
  readonly concurrency: number;
  /** The program that runs the code. */
  readonly node: string;
};

/** How an environment started: until its code was loaded, and what it held then. */
export type ColdStart = { readonly initMs: number; readonly rss: number };

export class Throttled extends Error {}
class FunctionFailed extends Error {}

/** One function as Lambda runs it: processes that take one event at a time, started when there is none to spare. */
export class LambdaFunction {
  readonly options: FunctionOptions;
  readonly coldStarts: ColdStart[] = [];
  readonly log: string[] = [];
  readonly #environments = new Set<Environment>();

  constructor(options: FunctionOptions) {
    this.options = options;
  }

  /** @throws Throttled, or FunctionFailed with what the function said or how it ended */
  async invoke(event: unknown): Promise<unknown> {
    const idle = [...this.#environments].find((environment) => environment.isIdle);
    if (idle !== undefined) return idle.run(event);
    if (this.#environments.size >= this.options.concurrency) throw new Throttled(this.options.name);
    const environment = new Environment(this.options, {
      started: (coldStart) => this.coldStarts.push(coldStart),
      said: (line) => this.log.push(line),
      ended: () => this.#environments.delete(environment),
    });
    this.#environments.add(environment);
    return environment.run(event);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#environments].map((environment) => environment.stop()));
  }
}

type Invocation = {
  readonly id: string;
  readonly event: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
};

type Listener = {
  readonly started: (coldStart: ColdStart) => void;
  readonly said: (line: string) => void;
  readonly ended: () => void;
};

const initDone = z.object({ initMs: z.number(), rss: z.number() });
const failure = z.object({ errorType: z.string().optional(), errorMessage: z.string() });

/** One process with its end of the Runtime API. After a timeout or a crash it is gone, as in Lambda. */
class Environment {
  isIdle = false;
  readonly #options: FunctionOptions;
  readonly #listener: Listener;
  readonly #server: Server;
  readonly #ready: Promise<void>;
  #child: ChildProcess | undefined;
  #waiting: ServerResponse | undefined;
  #current: Invocation | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FunctionOptions, listener: Listener) {
    this.#options = options;
    this.#listener = listener;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.#answer(request.url ?? '', Buffer.concat(chunks).toString(), response));
    });
    this.#ready = this.#start();
  }

  async run(event: unknown): Promise<unknown> {
    this.isIdle = false;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#current = { id: randomUUID(), event, resolve, reject };
    });
    await this.#ready;
    this.#give();
    return result;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  async #start(): Promise<void> {
    const { name, code, handler, environment, memoryMb, node } = this.#options;
    const port = await listen(this.#server);
    const runtime = new URL('./lambda-runtime.mjs', import.meta.url).pathname;
    const child = spawn(node, [runtime], {
      cwd: code,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        LAMBDA_TASK_ROOT: code,
        _HANDLER: handler,
        ...environment,
      },
    });
    this.#child = child;
    collectOutput(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) if (line !== '') this.#listener.said(line);
      });
    }
    child.once('exit', () => {
      clearTimeout(this.#timer);
      this.#server.close();
      this.#server.closeAllConnections();
      this.#current?.reject(new FunctionFailed(`${name} exited before completing the request`));
      this.#listener.ended();
    });
  }

  #answer(url: string, body: string, response: ServerResponse): void {
    const [, kind, id, outcome] =
      /^\/2018-06-01\/runtime\/(init|invocation)\/([^/]+)(?:\/(\w+))?$/.exec(url) ?? [];
    if (kind === 'init') this.#listener.started(initDone.parse(JSON.parse(body)));
    if (id === 'next') {
      this.#waiting = response;
      this.#give();
      return;
    }
    if (outcome !== undefined) this.#complete(outcome, body);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  }

  #give(): void {
    const { timeoutMs, name, arn } = this.#options;
    const [response, invocation] = [this.#waiting, this.#current];
    if (response === undefined || invocation === undefined) return;
    this.#waiting = undefined;
    this.#timer = setTimeout(() => {
      invocation.reject(new FunctionFailed(`${name} timed out after ${timeoutMs} ms`));
      this.#current = undefined;
      this.#child?.kill('SIGKILL');
    }, timeoutMs);
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': invocation.id,
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
        'lambda-runtime-invoked-function-arn': arn,
      })
      .end(JSON.stringify(invocation.event));
  }

  #complete(outcome: string, body: string): void {
    clearTimeout(this.#timer);
    const invocation = this.#current;
    this.#current = undefined;
    this.isIdle = true;
    if (outcome === 'response') {
      invocation?.resolve(JSON.parse(body));
      return;
    }
    // Lambda's runtime writes what a handler throws into the function's log.
    collect(`${body}\n`, 'errors');
    const { errorType, errorMessage } = failure.parse(JSON.parse(body));
    invocation?.reject(new FunctionFailed(`${errorType ?? 'Error'}: ${errorMessage}`));
  }
}
