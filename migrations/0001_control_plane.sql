ALTER TABLE "idempotency_keys" RENAME COLUMN "session_id" TO "resource_id";--> statement-breakpoint
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_end_reason";--> statement-breakpoint
ALTER TABLE "idempotency_keys" DROP CONSTRAINT "idempotency_keys_session_id_sessions_id_fk";
--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "price" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "price_unit" text DEFAULT 'session' NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "email_verified_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "role" text DEFAULT 'player' NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "games" ADD CONSTRAINT "games_price" CHECK ("games"."price" >= 0 and "games"."price_unit" in ('session', 'minute'));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_end_reason" CHECK ("sessions"."end_reason" in ('game_exited', 'game_crashed', 'game_failed_to_start', 'player_quit', 'reconnect_window_expired', 'node_draining', 'node_shutdown', 'node_lost', 'host_failed', 'reservation_expired', 'queue_left', 'credits_exhausted', 'room_dissolved', 'operator_ended'));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_role" CHECK ("users"."role" in ('player', 'developer', 'operator', 'admin'));