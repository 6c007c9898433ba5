ALTER TABLE "parties" DROP CONSTRAINT "parties_state";--> statement-breakpoint
ALTER TABLE "parties" DROP CONSTRAINT "parties_check_until";--> statement-breakpoint
DROP INDEX "parties_check";--> statement-breakpoint
ALTER TABLE "parties" ADD COLUMN "leader_checked_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "parties_leader_check" ON "parties" USING btree ("leader_checked_at") WHERE "parties"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "parties_check" ON "parties" USING btree ("check_until") WHERE "parties"."state" in ('checking', 'ready', 'starting');--> statement-breakpoint
ALTER TABLE "parties" ADD CONSTRAINT "parties_state" CHECK ("parties"."state" in ('gathering', 'checking', 'ready', 'starting', 'ended'));--> statement-breakpoint
ALTER TABLE "parties" ADD CONSTRAINT "parties_check_until" CHECK (("parties"."state" in ('checking', 'ready', 'starting')) = ("parties"."check_until" is not null));