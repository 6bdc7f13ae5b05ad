import type { Cloud, CredentialNeed } from '../cloud/cloud.js';
import type { MergedSpec } from '../cloud/spec.js';
import { internalHost } from '../render/chart.js';
import type { Ini, IniSection } from '../render/ini.js';
import { serviceUser } from './credentials.js';

/** The virtual host of all notifications, on the RabbitMQ that all services share. */
export const notificationsHost = 'openstack';

/** Who sends notifications, and who only reads a topic. Their names end as those of all users of the bus. */
export const notificationsUser = 'notifications-messaging';
export const stacklightUser = 'stacklight-messaging';
export const externalUser = (topic: string): string => `${topicName(topic)}-external-messaging`;

/** A topic as a part of names of objects. */
export function topicName(topic: string): string {
  return topic.toLowerCase().replace(/[^a-z0-9-]+/gu, '-');
}

const stacklightTopic = 'stacklight_notifications';

/** Readers outside the cloud and the topics that they are let into, in the order of the spec. */
export function externalTopics({ features }: MergedSpec): readonly string[] {
  const { enabled, topics } = features.messaging.notifications.external;
  return enabled ? [...new Set(topics)] : [];
}

/** Topics that somebody reads; `notifications` is the one of telemetry and of audit. */
export function notificationTopics(spec: MergedSpec): readonly string[] {
  const { logging, services, stacklight } = spec.features;
  const isAudited = logging.cadf.enabled && logging.cadf.driver === 'messagingv2';
  return [
    ...(services.includes('metering') || isAudited ? ['notifications'] : []),
    ...(stacklight.enabled ? [stacklightTopic] : []),
    ...externalTopics(spec),
  ];
}

/** Users of the virtual host with what each may write to; none where nobody reads. */
export function notificationUsers(spec: MergedSpec): readonly { need: CredentialNeed; writes: string }[] {
  if (notificationTopics(spec).length === 0) return [];
  const reader = (name: string, topic: string): { need: CredentialNeed; writes: string } => ({
    need: serviceUser(name, name.replace(/-messaging$/u, '')),
    writes: `^${topic.replaceAll('.', String.raw`\.`)}\\..*`,
  });
  return [
    { need: serviceUser(notificationsUser, 'notifications'), writes: '.*' },
    ...(spec.features.stacklight.enabled ? [reader(stacklightUser, stacklightTopic)] : []),
    ...externalTopics(spec).map((topic) => reader(externalUser(topic), topic)),
  ];
}

/** Where notifications are sent and read, by the user who does both. */
export function notificationsUrl(cloud: Cloud): string {
  const { username, password } = cloud.secrets.user(notificationsUser);
  const host = internalHost(cloud, 'rabbitmq');
  return `rabbit://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}:5672/${notificationsHost}`;
}

/** Notifications go nowhere unless somebody reads them: what nobody reads would only be thrown away by its age. */
export function notificationSections(cloud: Cloud): Ini {
  return { oslo_messaging_notifications: sending(cloud, notificationTopics(cloud.spec)) };
}

function sending(cloud: Cloud, topics: readonly string[]): IniSection {
  if (topics.length === 0) return { driver: 'noop' };
  return { driver: 'messagingv2', transport_url: notificationsUrl(cloud), topics };
}
