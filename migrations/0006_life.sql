CREATE TABLE "fleet_watch" (
	"id" integer PRIMARY KEY NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "fleet_watch_one_row" CHECK ("fleet_watch"."id" = 1)
);
--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "grace_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "full_for" text[] DEFAULT '{}'::text[] NOT NULL;