CREATE TABLE "invite_links" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"token_hash" text NOT NULL,
	"session_id" uuid,
	"party_id" uuid,
	"club_id" uuid,
	"role" text NOT NULL,
	"creator_id" uuid NOT NULL,
	"uses" integer NOT NULL,
	"uses_left" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "invite_links_token_unique" UNIQUE("token_hash"),
	CONSTRAINT "invite_links_target" CHECK (num_nonnulls("invite_links"."session_id", "invite_links"."party_id", "invite_links"."club_id") = 1),
	CONSTRAINT "invite_links_role" CHECK ("invite_links"."role" in ('player', 'spectator')),
	CONSTRAINT "invite_links_uses" CHECK ("invite_links"."uses_left" between 0 and "invite_links"."uses")
);
--> statement-breakpoint
CREATE TABLE "invite_uses" (
	"invite_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "invite_uses_invite_id_user_id_pk" PRIMARY KEY("invite_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "room_rules" (
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"rule" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "room_rules_session_id_user_id_pk" PRIMARY KEY("session_id","user_id"),
	CONSTRAINT "room_rules_rule" CHECK ("room_rules"."rule" in ('allowed', 'barred'))
);
--> statement-breakpoint
CREATE TABLE "room_vote_answers" (
	"vote_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"yes" boolean NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "room_vote_answers_vote_id_user_id_pk" PRIMARY KEY("vote_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "room_votes" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"session_id" uuid NOT NULL,
	"starter_id" uuid NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"decided_at" timestamp with time zone,
	CONSTRAINT "room_votes_state" CHECK ("room_votes"."state" in ('open', 'passed', 'enacted', 'rejected', 'void')),
	CONSTRAINT "room_votes_decided" CHECK (("room_votes"."state" = 'open') = ("room_votes"."decided_at" is null))
);
--> statement-breakpoint
CREATE TABLE "rooms" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"locked" boolean DEFAULT false NOT NULL,
	"listed_only" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "left_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "invite_links" ADD CONSTRAINT "invite_links_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_links" ADD CONSTRAINT "invite_links_party_id_parties_id_fk" FOREIGN KEY ("party_id") REFERENCES "public"."parties"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_links" ADD CONSTRAINT "invite_links_club_id_clubs_id_fk" FOREIGN KEY ("club_id") REFERENCES "public"."clubs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_links" ADD CONSTRAINT "invite_links_creator_id_users_id_fk" FOREIGN KEY ("creator_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_uses" ADD CONSTRAINT "invite_uses_invite_id_invite_links_id_fk" FOREIGN KEY ("invite_id") REFERENCES "public"."invite_links"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_uses" ADD CONSTRAINT "invite_uses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_rules" ADD CONSTRAINT "room_rules_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_rules" ADD CONSTRAINT "room_rules_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_vote_answers" ADD CONSTRAINT "room_vote_answers_vote_id_room_votes_id_fk" FOREIGN KEY ("vote_id") REFERENCES "public"."room_votes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_vote_answers" ADD CONSTRAINT "room_vote_answers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_votes" ADD CONSTRAINT "room_votes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_votes" ADD CONSTRAINT "room_votes_starter_id_users_id_fk" FOREIGN KEY ("starter_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rooms" ADD CONSTRAINT "rooms_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "invite_links_creator" ON "invite_links" USING btree ("creator_id","id") WHERE "invite_links"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "invite_links_expiry" ON "invite_links" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "invite_links_session" ON "invite_links" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "invite_links_party" ON "invite_links" USING btree ("party_id");--> statement-breakpoint
CREATE INDEX "invite_links_club" ON "invite_links" USING btree ("club_id");--> statement-breakpoint
CREATE INDEX "invite_uses_user" ON "invite_uses" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "room_rules_user" ON "room_rules" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "room_vote_answers_user" ON "room_vote_answers" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "room_votes_one_open" ON "room_votes" USING btree ("session_id") WHERE "room_votes"."state" in ('open', 'passed');--> statement-breakpoint
CREATE INDEX "room_votes_of_room" ON "room_votes" USING btree ("session_id","created_at");--> statement-breakpoint
CREATE INDEX "room_votes_due" ON "room_votes" USING btree ("ends_at") WHERE "room_votes"."state" in ('open', 'passed');--> statement-breakpoint
CREATE INDEX "room_votes_starter" ON "room_votes" USING btree ("starter_id");