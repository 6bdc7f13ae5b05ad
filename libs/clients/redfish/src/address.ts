import { terminal } from '@keelson/std';

/** Where a BMC answers and which of its systems is meant. */
export interface BmcAddress {
  /** Such as `https://10.1.0.7:8443`, without a slash at the end. */
  readonly origin: string;
  /** Path of the ComputerSystem; undefined means the service's only one. */
  readonly systemPath: string | undefined;
}

/** Schemes of Metal3 that speak Redfish underneath. Source: metal3-io/baremetal-operator, docs/api.md. */
const scheme =
  /^(redfish|redfish-virtualmedia|redfish-uefihttp|idrac-redfish|idrac-virtualmedia|ilo5-redfish|ilo5-virtualmedia|ilo-virtualmedia)(\+(https?))?$/;

/**
 * Reads a BMC address as it stands in `spec.bmc.address`, such as `redfish://10.1.0.7/redfish/v1/Systems/1`. Without
 * `+http` the connection is HTTPS.
 *
 * @throws Failure terminal, reason `BMCAddressInvalid`
 */
export function parseBmcAddress(address: string): BmcAddress {
  const [head = '', rest] = address.split('://');
  const match = scheme.exec(head);
  if (match === null || rest === undefined || rest === '') {
    throw terminal(
      `BMC address ${JSON.stringify(address)} is not a Redfish address such as redfish://host/redfish/v1/Systems/1`,
      {
        reason: 'BMCAddressInvalid',
      },
    );
  }
  const url = parsed(`${match[3] ?? 'https'}://${rest}`, address);
  const path = url.pathname.replace(/\/+$/, '');
  return { origin: url.origin, systemPath: path === '' ? undefined : path };
}

function parsed(text: string, address: string): URL {
  try {
    const url = new URL(text);
    if (url.username === '' && url.password === '') return url;
  } catch (cause) {
    throw terminal(`BMC address ${JSON.stringify(address)} is not a URL`, { reason: 'BMCAddressInvalid', cause });
  }
  throw terminal('a BMC address must not carry credentials; put them into a BareMetalHostCredential', {
    reason: 'BMCAddressInvalid',
  });
}
