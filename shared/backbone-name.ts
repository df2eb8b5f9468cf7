/**
 * The names of backbones as a schema. Apart from {@link backbones}, because the page imports those
 * and must not bundle a schema library.
 */

import { z } from 'zod'
import { type BackboneName, backboneNames } from './backbones.ts'

export const BackboneNameSchema = z.enum(backboneNames as [BackboneName, ...BackboneName[]])
