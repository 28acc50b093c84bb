// A home of its own for each run: transcripts written by hand, of which every sum is known.

import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A home folder with Claude's transcripts in it. */
export class House {
  readonly home: string;
  private lines = 0;

  /** A new one, or that which lies there already. */
  constructor(home = mkdtempSync(join(tmpdir(), 'costline-vscode-'))) {
    this.home = home;
  }

  /** Where a project lies; it exists. */
  project(name: string): string {
    return made(join(this.home, 'work', name));
  }

  /** What every program that is started here finds around it. */
  get environment(): NodeJS.ProcessEnv {
    const { PATH, LANG, ONLY } = process.env;
    return {
      PATH,
      LANG,
      ONLY,
      HOME: this.home,
      XDG_CONFIG_HOME: join(this.home, '.config'),
      XDG_STATE_HOME: join(this.home, '.local/state'),
      XDG_CACHE_HOME: join(this.home, '.cache'),
      XDG_DATA_HOME: join(this.home, '.local/share'),
      XDG_RUNTIME_DIR: made(join(this.home, 'run')),
      COSTLINE_TIMEZONE: noonZone(),
    };
  }

  /** Appends a response of Sonnet 4.5 ($3 and $15 a million tokens) or another model to a session's transcript. */
  respond(
    project: string,
    session: string,
    use: { input?: number; output: number; model?: string; days?: number },
  ): void {
    const at = new Date(Date.now() - (use.days ?? 0) * 86_400_000).toISOString();
    const id = `msg_${session}_${process.pid}_${++this.lines}`;
    const usage = { input_tokens: use.input ?? 0, output_tokens: use.output };
    const message = { id, type: 'message', role: 'assistant', model: use.model ?? 'claude-sonnet-4-5', usage };
    const line = {
      type: 'assistant',
      sessionId: session,
      uuid: `${id}_line`,
      requestId: `req_${id}`,
      timestamp: at,
      cwd: project,
      version: '2.1.270',
      gitBranch: 'main',
      isSidechain: false,
      message: { ...message, content: [{ type: 'text', text: 'Done.' }], stop_reason: 'end_turn' },
    };
    this.append(project, session, line);
  }

  /** Gives a session a title. */
  entitle(project: string, session: string, title: string): void {
    this.append(project, session, { type: 'custom-title', sessionId: session, customTitle: title });
  }

  write(path: string, text: string): string {
    const whole = join(this.home, path);
    made(dirname(whole));
    writeFileSync(whole, text);
    return whole;
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  private append(project: string, session: string, line: object): void {
    const folder = made(join(this.home, '.claude/projects', project.replaceAll(/[^A-Za-z0-9]/g, '-')));
    appendFileSync(join(folder, `${session}.jsonl`), `${JSON.stringify(line)}\n`);
  }
}

/** The processes that run a program with these words in their command line, by their ids. */
export function processes(...words: string[]): number[] {
  const all = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return all.filter(line => words.every(word => line.includes(word))).map(line => Number.parseInt(line, 10));
}

/** The process that started another one. */
export function parent(id: number): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(id)], { encoding: 'utf8' }));
}

/** The commands that a server says it knows. */
export async function commandsOf(program: string, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const server = spawn(program, ['lsp'], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { capabilities: {} } });
  server.stdin.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  let said = '';
  for await (const piece of server.stdout) {
    said += String(piece);
    const answer = /\{"jsonrpc".*"serverInfo".*\}/s.exec(said);
    if (answer) {
      server.stdin.end();
      return JSON.parse(answer[0]).result.capabilities.executeCommandProvider.commands;
    }
  }
  throw new Error(`the server said no greeting, but ${said}`);
}

/** A time zone in which it is about noon: no test runs into midnight. */
function noonZone(): string {
  const hours = new Date().getUTCHours() - 12;
  return `Etc/GMT${hours < 0 ? '' : '+'}${hours}`;
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
