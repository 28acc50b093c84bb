// A home of its own: transcripts written by hand, a server on them, and the command line to compare with.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a response used. */
export type Use = {
  output: number;
  input?: number;
  read?: number;
  write?: number;
  model?: string;
  /** So many hours before now. */
  ago?: number;
  tools?: { name: string; input?: object }[];
  /** The type of subagent that it is of. */
  agent?: string;
};

export class House {
  readonly home = mkdtempSync(join(tmpdir(), 'costline-page-'));
  private lines = 0;
  private server: ChildProcess | undefined;
  private leader: ChildProcess | undefined;
  private port = 0;

  constructor(private readonly program: string) {
    mkdirSync(join(this.home, '.claude/projects'), { recursive: true });
    mkdirSync(join(this.home, 'run'), { mode: 0o700 });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  private get environment(): NodeJS.ProcessEnv {
    const { PATH } = process.env;
    return {
      PATH,
      LANG: 'C.UTF-8',
      HOME: this.home,
      XDG_CONFIG_HOME: join(this.home, '.config'),
      XDG_STATE_HOME: join(this.home, '.local/state'),
      XDG_RUNTIME_DIR: join(this.home, 'run'),
      COSTLINE_HTTP_BIND: `127.0.0.1:${this.port}`,
      COSTLINE_DBUS_ENABLED: 'false',
      COSTLINE_TIMEZONE: noonZone(),
    };
  }

  /** What a command prints. */
  run(...args: string[]): string {
    return execFileSync(this.program, args, { env: this.environment, encoding: 'utf8' });
  }

  /** What a command prints as JSON. */
  json<T>(...args: string[]): T {
    return JSON.parse(this.run(...args, '--json')) as T;
  }

  /** Starts the server, and waits until it answers. */
  async serve(): Promise<void> {
    this.port ||= await freePort();
    this.server = spawn(this.program, ['serve'], { env: this.environment, stdio: 'ignore' });
    for (let tries = 0; tries < 300; tries++) {
      const well = await fetch(`${this.url}/healthz`).then(
        response => response.ok,
        () => false,
      );
      if (well) {
        return;
      }
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    throw new Error('the server does not answer');
  }

  /** What the server says of itself. */
  async health(): Promise<{ leader: boolean; revision: number }> {
    return (await (await fetch(`${this.url}/healthz`)).json()) as { leader: boolean; revision: number };
  }

  /** Starts a process that leads and does not serve, and waits until it does. */
  async lead(): Promise<void> {
    const env = { ...this.environment, COSTLINE_HTTP_ENABLED: 'false' };
    this.leader = spawn(this.program, ['serve'], { env, stdio: 'ignore' });
    const database = join(this.home, '.local/state/costline/usage.db');
    for (let tries = 0; tries < 300 && !existsSync(database); tries++) {
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  /** Stops the leader where it is; it stays, and does nothing: none of its threads, once this is done. */
  async stop(): Promise<void> {
    this.leader?.kill('SIGSTOP');
    const tasks = `/proc/${this.leader?.pid}/task`;
    const state = (task: string) => {
      try {
        return readFileSync(join(tasks, task, 'stat'), 'utf8').replace(/^.*\) /s, '')[0];
      } catch {
        return 'one that has just ended';
      }
    };
    for (let tries = 0; readdirSync(tasks).some(task => state(task) !== 'T'); tries++) {
      if (tries === 300) {
        throw new Error('the leader does not stop');
      }
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  }

  /** Has the leader go on. */
  resume(): void {
    this.leader?.kill('SIGCONT');
  }

  /** Ends the server as a fault would. */
  async kill(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server !== undefined && server.exitCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    this.leader?.kill('SIGKILL');
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Hands Claude Code's words to the status line. */
  tell(project: string, session: string, limits: object): void {
    const input = { session_id: session, cwd: project, version: '2.1.330', rate_limits: limits };
    execFileSync(this.program, ['statusline'], { env: this.environment, input: JSON.stringify(input) });
  }

  /** Writes the settings. */
  configure(text: string): void {
    mkdirSync(join(this.home, '.config/costline'), { recursive: true });
    writeFileSync(join(this.home, '.config/costline/config.toml'), text);
  }

  /** A prompt in a session. */
  prompt(project: string, session: string, ago = 0): void {
    const promptId = `prompt-${++this.lines}`;
    const message = { role: 'user', content: 'Go on.' };
    this.append(project, session, { type: 'user', uuid: promptId, promptId, timestamp: time(ago), message });
  }

  entitle(project: string, session: string, customTitle: string): void {
    this.append(project, session, { type: 'custom-title', customTitle });
  }

  /** A response; Sonnet 4.5 unless another model is named. */
  respond(project: string, session: string, use: Use): void {
    const id = `msg_${++this.lines}`;
    const tools = (use.tools ?? []).map((tool, index) => ({
      type: 'tool_use',
      id: `${id}_${index}`,
      input: {},
      ...tool,
    }));
    this.append(project, session, {
      type: 'assistant',
      uuid: `${id}_line`,
      requestId: `req_${id}`,
      timestamp: time(use.ago ?? 0),
      version: '2.1.270',
      gitBranch: 'main',
      isSidechain: use.agent !== undefined,
      ...(use.agent !== undefined && { agentId: 'a1', attributionAgent: use.agent }),
      message: {
        id,
        type: 'message',
        role: 'assistant',
        model: use.model ?? 'claude-sonnet-4-5',
        content: [{ type: 'text', text: 'Done.' }, ...tools],
        stop_reason: 'end_turn',
        usage: {
          input_tokens: use.input ?? 0,
          output_tokens: use.output,
          cache_read_input_tokens: use.read ?? 0,
          cache_creation_input_tokens: use.write ?? 0,
        },
      },
    });
  }

  private append(project: string, sessionId: string, line: object): void {
    const folder = join(this.home, '.claude/projects', project.replaceAll(/[^A-Za-z0-9]/g, '-'));
    mkdirSync(folder, { recursive: true });
    const whole = { sessionId, cwd: project, ...line };
    appendFileSync(join(folder, `${sessionId}.jsonl`), `${JSON.stringify(whole)}\n`);
  }
}

const time = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString();

/** A zone in which it is about noon: no test runs into midnight. */
function noonZone(): string {
  const hours = new Date().getUTCHours() - 12;
  return `Etc/GMT${hours < 0 ? '' : '+'}${hours}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
