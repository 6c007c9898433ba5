DROP INDEX "sessions_game";--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "node_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "slot" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "epoch" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "sign_in_id" uuid;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "channel" text DEFAULT 'stable' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "seats" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "group_key" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "region_costs" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "claims" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "queued_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "wait_until" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_live_group" ON "sessions" USING btree ("group_key") WHERE "sessions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_queue" ON "sessions" USING btree ("game","queued_at","id") WHERE "sessions"."state" = 'queued';--> statement-breakpoint
CREATE INDEX "sessions_game" ON "sessions" USING btree ("game","ended_at");--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_channel" CHECK ("sessions"."channel" in ('stable', 'beta'));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_seats" CHECK ("sessions"."seats" > 0);--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_slot" CHECK (("sessions"."node_id" is null) = ("sessions"."slot" is null) and ("sessions"."node_id" is null) = ("sessions"."epoch" is null));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_slot_held" CHECK ("sessions"."state" not in ('reserved', 'starting', 'playing', 'reconnecting') or "sessions"."node_id" is not null);--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_queued" CHECK ("sessions"."state" <> 'queued' or ("sessions"."node_id" is null and "sessions"."queued_at" is not null and "sessions"."wait_until" is not null));