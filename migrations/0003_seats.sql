CREATE TABLE "seat_claims" (
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seat" integer NOT NULL,
	"granted" boolean DEFAULT false NOT NULL,
	"asked_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "seat_claims_session_id_user_id_pk" PRIMARY KEY("session_id","user_id"),
	CONSTRAINT "seat_claims_seat" CHECK ("seat_claims"."seat" > 0)
);
--> statement-breakpoint
CREATE TABLE "session_seats" (
	"session_id" uuid NOT NULL,
	"seat" integer NOT NULL,
	"rights" jsonb DEFAULT '["keyboard","mouse","pad","voice"]'::jsonb NOT NULL,
	"paused" boolean DEFAULT false NOT NULL,
	"turn_seconds" integer,
	"turn_user_id" uuid,
	"turn_until" timestamp with time zone,
	"changed" boolean DEFAULT false NOT NULL,
	CONSTRAINT "session_seats_session_id_seat_pk" PRIMARY KEY("session_id","seat"),
	CONSTRAINT "session_seats_seat" CHECK ("session_seats"."seat" > 0),
	CONSTRAINT "session_seats_turn" CHECK ("session_seats"."turn_seconds" > 0)
);
--> statement-breakpoint
ALTER TABLE "seat_offers" DROP CONSTRAINT "seat_offers_seat";--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "away_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "moved" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "host_id" uuid;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "seating" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "open_seats" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "seat_claims" ADD CONSTRAINT "seat_claims_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seat_claims" ADD CONSTRAINT "seat_claims_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_seats" ADD CONSTRAINT "session_seats_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_seats" ADD CONSTRAINT "session_seats_turn_user_id_users_id_fk" FOREIGN KEY ("turn_user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "seat_claims_user" ON "seat_claims" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_seats_turn_user" ON "session_seats" USING btree ("turn_user_id");--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_host_id_users_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sessions_host" ON "sessions" USING btree ("host_id") WHERE "sessions"."host_id" is not null;--> statement-breakpoint
ALTER TABLE "seat_offers" ADD CONSTRAINT "seat_offers_seat_positive" CHECK ("seat_offers"."seat" > 0);