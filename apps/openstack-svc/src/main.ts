import { runService } from '@keelson/service';
import { openstackService } from './service.js';

await runService(openstackService, { environment: process.env });
