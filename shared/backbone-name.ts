/**
 * The names of backbones as a schema. A file of its own, because the page reads
 * {@link backbones} and takes no schema library.
 */

import { z } from 'zod'
import { type BackboneName, backboneNames } from './backbones.ts'

export const BackboneNameSchema = z.enum(backboneNames as [BackboneName, ...BackboneName[]])
