ALTER TABLE "saves" DROP CONSTRAINT "saves_object";--> statement-breakpoint
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_end_reason";--> statement-breakpoint
DROP INDEX "saves_good";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "save_slot" text DEFAULT 'auto' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "save_id" uuid;--> statement-breakpoint
CREATE INDEX "saves_object" ON "saves" USING btree ("object_key");--> statement-breakpoint
CREATE UNIQUE INDEX "saves_good_of_build" ON "saves" USING btree ("user_id","game","slot","build_version") WHERE "saves"."state" = 'good';--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_end_reason" CHECK ("sessions"."end_reason" in ('game_exited', 'game_crashed', 'game_failed_to_start', 'player_quit', 'reconnect_window_expired', 'node_draining', 'node_shutdown', 'node_lost', 'host_failed', 'restore_failed', 'reservation_expired', 'queue_left', 'credits_exhausted', 'room_dissolved', 'operator_ended'));