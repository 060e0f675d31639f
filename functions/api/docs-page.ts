import { createHash } from 'node:crypto';
import { faultTable } from '../../shared/core/faults.ts';
import { escapeHtml } from '../../shared/core/html.ts';
import { isRecord } from '../../shared/core/outside-data.ts';
import { type JsonRecord, record, records, schemaRows, text } from './docs-schema.ts';
import { docsStyle } from './docs-style.ts';
import { formsOf } from './docs-union.ts';
import type { OpenApiDocument } from './openapi.ts';

/**
 * The OpenAPI document as one page for people: plain HTML without scripts and without anything from elsewhere, so its
 * `policy` (Content-Security-Policy) allows only its own style.
 */
export function docsPage(openApi: OpenApiDocument): { html: string; policy: string } {
  const document: unknown = JSON.parse(JSON.stringify(openApi));
  if (!isRecord(document)) throw new Error('the OpenAPI document is no object');
  const styleHash = createHash('sha256').update(docsStyle).digest('base64');
  const info = record(document, 'info');
  const groups = records(document, 'tags').map((tag) => ({
    tag,
    calls: callsOf(document, text(tag, 'name')),
  }));
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${escapeHtml(text(info, 'title'))} API</title>
<style>${docsStyle}</style></head><body>
<header><h1>${escapeHtml(text(info, 'title'))} <small>HTTP API, version ${escapeHtml(text(info, 'version'))}</small></h1>
${prose(text(info, 'description'))}
<p>For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1). To begin with:
<a href="/docs/your-own-client">write your own client</a>.</p></header>
<nav aria-label="Calls">${groups.map(navGroup).join('')}<p><a href="#errors">Error codes</a></p></nav>
<main>${groups.map((group) => groupSection(document, group)).join('')}${errorSection()}</main>
</body></html>`;
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html, policy };
}

type Call = { readonly method: string; readonly path: string; readonly operation: JsonRecord };
type Group = { readonly tag: JsonRecord; readonly calls: readonly Call[] };

function callsOf(document: JsonRecord, tag: string): Call[] {
  return Object.entries(record(document, 'paths')).flatMap(([path, methods]) =>
    Object.entries(isRecord(methods) ? methods : {}).flatMap(([method, operation]) => {
      if (!isRecord(operation) || !Array.isArray(operation['tags']) || !operation['tags'].includes(tag))
        return [];
      return [{ method, path, operation }];
    }),
  );
}

function navGroup({ tag, calls }: Group): string {
  const links = calls.map((call) => `<li><a href="#${anchor(call)}">${callName(call)}</a></li>`);
  return `<details open><summary>${escapeHtml(text(tag, 'name'))}</summary><ul>${links.join('')}</ul></details>`;
}

function groupSection(document: JsonRecord, { tag, calls }: Group): string {
  const sections = calls.map((call) => callSection(document, call));
  return `<section><h2>${escapeHtml(text(tag, 'name'))}</h2>${prose(text(tag, 'description'))}${sections.join('')}</section>`;
}

function callSection(document: JsonRecord, call: Call): string {
  const { operation } = call;
  const needsToken = Array.isArray(operation['security']) && operation['security'].length > 0;
  return `<article id="${anchor(call)}"><h3>${callName(call)}</h3>
<p class="summary">${inline(text(operation, 'summary'))}${needsToken ? '' : ' <span class="open">no sign-in needed</span>'}</p>
${prose(text(operation, 'description'))}
${parameterTable(document, operation)}
${bodyTable(document, 'Request body', record(operation, 'requestBody'))}
${Object.entries(record(operation, 'responses'))
  .map(([status, reply]) => replySection(document, status, reply))
  .join('')}
</article>`;
}

function parameterTable(document: JsonRecord, operation: JsonRecord): string {
  const parameters = records(operation, 'parameters');
  if (parameters.length === 0) return '';
  const rows = parameters.flatMap((parameter) => {
    const [row] = schemaRows(document, record(parameter, 'schema'), {
      name: text(parameter, 'name'),
      required: parameter['required'] === true,
    });
    if (row === undefined) return [];
    const notes = [row.notes, text(parameter, 'description')].filter((note) => note !== '');
    return [
      { ...row, type: `${row.type}, in ${text(parameter, 'in')}`, notes: [...new Set(notes)].join(' ') },
    ];
  });
  return table('Parameters', rows);
}

function bodyTable(document: JsonRecord, title: string, body: JsonRecord): string {
  return Object.entries(record(body, 'content'))
    .map(([type, content]) => {
      const schema = record(isRecord(content) ? content : {}, 'schema');
      const rows = (of: JsonRecord) => schemaRows(document, of, { name: '', required: true });
      const union = formsOf(document, schema);
      if (union === undefined) return table(`${title}: ${type}`, rows(schema));
      const forms = union.forms.map(
        (form) => table(`And with ${form.title}`, rows(form.schema)) + prose(form.description),
      );
      return table(`${title}: ${type}`, rows(union.common)) + forms.join('');
    })
    .join('');
}

function replySection(document: JsonRecord, status: string, reply: unknown): string {
  if (!isRecord(reply)) return '';
  const description = `<p class="reply"><b class="s${status[0]}">${escapeHtml(status)}</b> ${inline(text(reply, 'description'))}</p>`;
  // All errors have the same form, which is described once.
  const isError = Object.keys(record(reply, 'content')).includes('application/problem+json');
  return description + (isError ? '' : bodyTable(document, 'Reply', reply));
}

function errorSection(): string {
  const rows = Object.entries(faultTable).map(
    ([code, { status, title, retry }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escapeHtml(title)}</td><td>${retry ? 'later' : 'no'}</td></tr>`,
  );
  return `<section id="errors"><h2>Error codes</h2><p>Errors are <code>application/problem+json</code> with <code>type</code>,
<code>title</code>, <code>status</code>, <code>detail</code> and <code>code</code>; where members of the request are wrong,
<code>errors</code> lists each as <code>{field, message}</code>.</p><div class="scroll"><table>
<thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>Try again</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function table(title: string, rows: ReturnType<typeof schemaRows>): string {
  if (rows.length === 0) return '';
  const body = rows.map(
    ({ name, required, type, notes }) =>
      `<tr><td><code>${escapeHtml(name || 'body')}</code>${required ? '' : ' <i>optional</i>'}</td><td>${escapeHtml(type)}</td><td>${inline(notes)}</td></tr>`,
  );
  return `<div class="scroll"><table><caption>${escapeHtml(title)}</caption><thead><tr><th>Name</th><th>Type</th><th>Notes</th></tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const callName = ({ method, path }: Call): string =>
  `<span class="m ${escapeHtml(method)}">${escapeHtml(method.toUpperCase())}</span> <code>${escapeHtml(path).replaceAll('/', '/<wbr>')}</code>`;

const anchor = ({ method, path }: Call): string =>
  `${method}${path.replace(/[^a-z0-9]+/gi, '-')}`.replace(/-$/, '');

function prose(content: string): string {
  return content === ''
    ? ''
    : content
        .split('\n\n')
        .map((paragraph) => `<p>${inline(paragraph)}</p>`)
        .join('');
}

/** Text with `code` in backticks. */
const inline = (content: string): string => escapeHtml(content).replace(/`([^`]+)`/g, '<code>$1</code>');
