import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import { jsonFile, textFile } from '../../render/files.js';
import type { JsonRecord } from '../../render/json.js';

type Message = Chart['cloud']['spec']['features']['horizon']['motd'][string];

const secret = 'horizon-motd';
/** Where Horizon looks for messages (its setting MESSAGES_PATH): a JSON file each, with level and message. */
const messagesPath = '/etc/openstack-dashboard/motd';
/** Where it looks for templates before its own (its setting ADD_TEMPLATE_DIRS); only a theme's own come first. */
const templatesPath = '/etc/openstack-dashboard/templates';

export interface Messages {
  readonly files: readonly ConfigFile[];
  readonly settings: JsonRecord;
}

/** Messages of the day: Horizon itself knows those for who has signed in, the others are on its page for signing in. */
export function messagesOfTheDay(chart: Chart): Messages {
  const all = Object.entries(chart.cloud.spec.features.horizon.motd);
  const after = all
    .filter(([, { afterLogin }]) => afterLogin)
    .map(([id, { level, message }]) =>
      jsonFile(chart, { secret, path: `${messagesPath}/${id}.json` }, { level, message }),
    );
  const before = all.filter(([, { beforeLogin }]) => beforeLogin).map(([, message]) => message);
  return {
    files: [...after, ...(before.length === 0 ? [] : [signInPage(chart, before)])],
    settings: {
      ...(after.length === 0 ? {} : { MESSAGES_PATH: messagesPath }),
      ...(before.length === 0 ? {} : { ADD_TEMPLATE_DIRS: [templatesPath] }),
    },
  };
}

/**
 * A template of Django that extends the next one of its own name, so that all else on the page stays Horizon's.
 * https://docs.djangoproject.com/en/4.2/howto/overriding-templates/#extending-an-overridden-template
 */
function signInPage(chart: Chart, messages: readonly Message[]): ConfigFile {
  return textFile(chart, { secret, path: `${templatesPath}/auth/_login_page.html` }, [
    "{% extends 'auth/_login_page.html' %}",
    '{% block login_header %}',
    ...messages.map(({ level, message }) => `<div class="alert ${alertOf(level)}">${verbatim(message)}</div>`),
    '{{ block.super }}',
    '{% endblock %}',
  ]);
}

/** Bootstrap's class for a level, as Horizon has it for messages to who has signed in. */
function alertOf(level: string): string {
  switch (level) {
    case 'error':
      return 'alert-danger';
    case 'success':
    case 'warning':
      return `alert-${level}`;
    default:
      return 'alert-info';
  }
}

/** HTML stays HTML, as it does after login; what would mean something to Django is only text. */
function verbatim(message: string): string {
  return message.replaceAll(/\{(?=[{%#])/gu, '&#123;');
}
