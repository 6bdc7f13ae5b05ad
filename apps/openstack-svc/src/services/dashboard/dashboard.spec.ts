import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const dashboard = (horizon: Readonly<Record<string, unknown>>) =>
  renderedService('dashboard', aSpec({ features: { horizon } }));
const server = (horizon: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(
    dashboard(horizon)
      .stages.flatMap(({ objects }) => objects)
      .find(({ kind }) => kind === 'Deployment'),
  );

describe('the dashboard', () => {
  test('logs what its level asks for', () => {
    const settings = (level: string | undefined): string => {
      const logging = level === undefined ? {} : { horizon: { level } };
      const service = renderedService('dashboard', aSpec({ features: { logging } }));
      return fileOf(service, 'horizon-etc', 'local_settings.py').text();
    };
    expect(settings(undefined)).toContain('"root": {"handlers": ["console"], "level": "INFO"}, "loggers": {}');
    expect(settings('ERROR')).toContain('"root": {"handlers": ["console"], "level": "ERROR"}, "loggers": {}');
    expect(settings('DEBUG')).toContain('"level": "DEBUG"}, "loggers": {"keystoneauth": {"level": "INFO"}');
    expect(settings('DEBUG')).toContain('\nDEBUG = False\n');
  });

  test('has messages of the day for who has signed in', () => {
    const motd = {
      maintenance: { level: 'warning', message: 'Back at noon' },
      hidden: { message: 'nobody', afterLogin: false },
    };
    const service = dashboard({ motd });
    expect(fileOf(service, 'horizon-motd', 'maintenance.json').parsed).toEqual({
      level: 'warning',
      message: 'Back at noon',
    });
    expect(service.files.map(({ key }) => key)).not.toContain('hidden.json');
    expect(fileOf(service, 'horizon-etc', 'local_settings.py').text()).toContain(
      'MESSAGES_PATH = "/etc/openstack-dashboard/motd"',
    );
    expect(server({ motd })).toContain('/etc/openstack-dashboard/motd/maintenance.json');
    expect(fileOf(dashboard({}), 'horizon-etc', 'local_settings.py').text()).not.toContain('MESSAGES_PATH');
  });

  test('has messages of the day on the page for signing in, above what is there', () => {
    const motd = {
      outage: { level: 'error', message: '<b>Down</b> {{ until }} {% noon %}', beforeLogin: true, afterLogin: false },
      news: { message: 'Up', beforeLogin: true },
      after: { level: 'warning', message: 'for users' },
    };
    const service = dashboard({ motd });
    expect(fileOf(service, 'horizon-motd', '_login_page.html').text()).toBe(
      `{% extends 'auth/_login_page.html' %}
{% block login_header %}
<div class="alert alert-danger"><b>Down</b> &#123;{ until }} &#123;% noon %}</div>
<div class="alert alert-info">Up</div>
{{ block.super }}
{% endblock %}
`,
    );
    const settings = fileOf(service, 'horizon-etc', 'local_settings.py').text();
    expect(settings).toContain('ADD_TEMPLATE_DIRS = ["/etc/openstack-dashboard/templates"]');
    expect(settings).toContain('MESSAGES_PATH');
    expect(server({ motd })).toContain('"mountPath":"/etc/openstack-dashboard/templates/auth/_login_page.html"');
    const others = fileOf(dashboard({ motd: { after: motd.after } }), 'horizon-etc', 'local_settings.py').text();
    expect(others).not.toContain('ADD_TEMPLATE_DIRS');
  });

  test('fetches themes of the spec before it starts, and offers those of its image as they are', () => {
    const themes = [
      { name: 'ours', description: 'Our own', url: 'https://files.example.org/ours.tgz', sha256summ: 'abc' },
      { name: 'material' },
      { name: 'off', enabled: false, url: 'https://files.example.org/off.tgz' },
    ];
    const service = dashboard({ themes, default_theme: 'ours' });
    expect(fileOf(service, 'horizon-themes', 'themes.json').parsed).toEqual([
      { name: 'ours', url: 'https://files.example.org/ours.tgz', sha256: 'abc' },
    ]);
    const settings = fileOf(service, 'horizon-etc', 'local_settings.py').text();
    expect(settings).toContain(
      'AVAILABLE_THEMES = [["default", "Default", "themes/default"], ["ours", "Our own", "/opt/horizon-themes/ours"], ["material", "material", "themes/material"]]',
    );
    expect(server({ themes })).toContain('"/opt/keelson/bin/horizon-start.sh"');
    expect(server({ themes: [{ name: 'material' }] })).toContain('"apache2ctl"');
  });
});
