CREATE TABLE "account_links" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"email" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	CONSTRAINT "account_links_purpose" CHECK ("account_links"."purpose" in ('verify_email', 'reset_password', 'change_email'))
);
--> statement-breakpoint
CREATE TABLE "sign_in_locks" (
	"subject" text PRIMARY KEY NOT NULL,
	"guarded" text NOT NULL,
	"failures" integer NOT NULL,
	"last_try_at" timestamp with time zone DEFAULT now() NOT NULL,
	"locked_until" timestamp with time zone,
	CONSTRAINT "sign_in_locks_failures" CHECK ("sign_in_locks"."failures" >= 0)
);
--> statement-breakpoint
CREATE TABLE "access_rules" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"platform" text NOT NULL,
	"list" text NOT NULL,
	"range" "cidr",
	"user_id" uuid,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "access_rules_what" UNIQUE NULLS NOT DISTINCT("platform","list","range","user_id"),
	CONSTRAINT "access_rules_list" CHECK ("access_rules"."list" in ('allow', 'deny')),
	CONSTRAINT "access_rules_one" CHECK (num_nonnulls("access_rules"."range", "access_rules"."user_id") = 1)
);
--> statement-breakpoint
CREATE TABLE "active_days" (
	"day" date NOT NULL,
	"user_id" uuid NOT NULL,
	CONSTRAINT "active_days_day_user_id_pk" PRIMARY KEY("day","user_id")
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"actor_id" uuid NOT NULL,
	"act" text NOT NULL,
	"target_kind" text NOT NULL,
	"target_id" text NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"reason" text NOT NULL,
	"outcome" text DEFAULT 'begun' NOT NULL,
	"error" text,
	"answer" jsonb,
	"request_id" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "audit_log_act" CHECK ("audit_log"."act" in ('player.reset', 'player.kick', 'player.ban', 'player.unban', 'player.sign_out', 'player.role', 'wallet.top_up', 'wallet.reverse', 'session.end', 'node.drain', 'node.undrain', 'dead_letter.replay', 'platform.announce', 'platform.maintenance', 'platform.minimum_version', 'platform.allow_only', 'access_rule.add', 'access_rule.remove')),
	CONSTRAINT "audit_log_target" CHECK ("audit_log"."target_kind" in ('player', 'session', 'node', 'dead_letter', 'platform', 'access_rule')),
	CONSTRAINT "audit_log_outcome" CHECK ("audit_log"."outcome" in ('begun', 'done', 'failed', 'unknown')),
	CONSTRAINT "audit_log_error" CHECK (("audit_log"."error" is not null) = ("audit_log"."outcome" = 'failed')),
	CONSTRAINT "audit_log_finished" CHECK (("audit_log"."finished_at" is null) = ("audit_log"."outcome" = 'begun')),
	CONSTRAINT "audit_log_reason" CHECK (char_length("audit_log"."reason") between 1 and 500)
);
--> statement-breakpoint
CREATE TABLE "platforms" (
	"name" text PRIMARY KEY NOT NULL,
	"maintenance" boolean DEFAULT false NOT NULL,
	"maintenance_text" text,
	"allow_only" boolean DEFAULT false NOT NULL,
	"minimum_versions" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"rules_version" integer DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "samples" (
	"at" timestamp with time zone NOT NULL,
	"measure" text NOT NULL,
	"region" text NOT NULL,
	"game" text NOT NULL,
	"value" integer NOT NULL,
	CONSTRAINT "samples_measure_at_region_game_pk" PRIMARY KEY("measure","at","region","game"),
	CONSTRAINT "samples_measure" CHECK ("samples"."measure" in ('online', 'sessions', 'players', 'waiting')),
	CONSTRAINT "samples_value" CHECK ("samples"."value" >= 0)
);
--> statement-breakpoint
CREATE TABLE "game_builds" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"game" text NOT NULL,
	"version" text NOT NULL,
	"status" text DEFAULT 'draft' NOT NULL,
	"manifest" jsonb NOT NULL,
	"seats" integer NOT NULL,
	"price" integer NOT NULL,
	"price_unit" text NOT NULL,
	"regions" text[] DEFAULT '{}' NOT NULL,
	"uploaded_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone,
	"retired_at" timestamp with time zone,
	CONSTRAINT "game_builds_version" UNIQUE("game","version"),
	CONSTRAINT "game_builds_status" CHECK ("game_builds"."status" in ('draft', 'published', 'retired')),
	CONSTRAINT "game_builds_seats" CHECK ("game_builds"."seats" between 1 and 64),
	CONSTRAINT "game_builds_price" CHECK ("game_builds"."price" >= 0 and "game_builds"."price_unit" in ('session', 'minute')),
	CONSTRAINT "game_builds_published" CHECK ("game_builds"."status" <> 'published' or "game_builds"."published_at" is not null),
	CONSTRAINT "game_builds_retired" CHECK (("game_builds"."status" = 'retired') = ("game_builds"."retired_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "game_releases" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"game" text NOT NULL,
	"channel" text NOT NULL,
	"version" text NOT NULL,
	"released_by" uuid,
	"released_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"end_reason" text,
	CONSTRAINT "game_releases_channel" CHECK ("game_releases"."channel" in ('stable', 'beta')),
	CONSTRAINT "game_releases_end" CHECK (("game_releases"."ended_at" is null) = ("game_releases"."end_reason" is null)),
	CONSTRAINT "game_releases_end_reason" CHECK ("game_releases"."end_reason" in ('superseded', 'rolled_back', 'restored', 'retired'))
);
--> statement-breakpoint
CREATE TABLE "chat_channels" (
	"scope" text NOT NULL,
	"scope_id" uuid NOT NULL,
	"last_seq" integer NOT NULL,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chat_channels_scope_scope_id_pk" PRIMARY KEY("scope","scope_id"),
	CONSTRAINT "chat_channels_scope" CHECK ("chat_channels"."scope" in ('party', 'club', 'room')),
	CONSTRAINT "chat_channels_seq" CHECK ("chat_channels"."last_seq" > 0)
);
--> statement-breakpoint
CREATE TABLE "chat_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"scope_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"author_id" uuid NOT NULL,
	"text" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "chat_messages_seq" UNIQUE("scope","scope_id","seq"),
	CONSTRAINT "chat_messages_deleted" CHECK (("chat_messages"."text" is null) = ("chat_messages"."deleted_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "chat_rates" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"messages" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "club_standings" (
	"club_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"standing" text NOT NULL,
	"role" text,
	"message" text DEFAULT '' NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid,
	CONSTRAINT "club_standings_club_id_user_id_pk" PRIMARY KEY("club_id","user_id"),
	CONSTRAINT "club_standings_standing" CHECK ("club_standings"."standing" in ('stranger', 'applied', 'invited', 'declined', 'member', 'banned')),
	CONSTRAINT "club_standings_role" CHECK ("club_standings"."role" in ('owner', 'officer', 'member')),
	CONSTRAINT "club_standings_role_of_members" CHECK (("club_standings"."standing" = 'member') = ("club_standings"."role" is not null))
);
--> statement-breakpoint
CREATE TABLE "club_tables" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"club_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"game" text NOT NULL,
	"seats" integer NOT NULL,
	"payer" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "club_tables_number_unique" UNIQUE("club_id","number"),
	CONSTRAINT "club_tables_number" CHECK ("club_tables"."number" between 1 and 100),
	CONSTRAINT "club_tables_seats" CHECK ("club_tables"."seats" between 1 and 64),
	CONSTRAINT "club_tables_payer" CHECK ("club_tables"."payer" in ('owner', 'host'))
);
--> statement-breakpoint
CREATE TABLE "clubs" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"number" text NOT NULL,
	"name" text NOT NULL,
	"notice" text DEFAULT '' NOT NULL,
	"member_limit" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disbanded_at" timestamp with time zone,
	CONSTRAINT "clubs_number_unique" UNIQUE("number"),
	CONSTRAINT "clubs_number" CHECK ("clubs"."number" ~ '^[1-9][0-9]{6}$'),
	CONSTRAINT "clubs_member_limit" CHECK ("clubs"."member_limit" between 1 and 300)
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"email" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "identities_subject" UNIQUE("issuer","subject"),
	CONSTRAINT "identities_user_issuer" UNIQUE("user_id","issuer")
);
--> statement-breakpoint
CREATE TABLE "oidc_requests" (
	"state_hash" text PRIMARY KEY NOT NULL,
	"holder_hash" text NOT NULL,
	"nonce" text NOT NULL,
	"code_verifier" text NOT NULL,
	"return_to" text NOT NULL,
	"link_sign_in_id" uuid,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "passkey_challenges" (
	"challenge_hash" text PRIMARY KEY NOT NULL,
	"ceremony" text NOT NULL,
	"holder_hash" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "passkey_challenges_ceremony" CHECK ("passkey_challenges"."ceremony" in ('register', 'sign_in'))
);
--> statement-breakpoint
CREATE TABLE "passkeys" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"credential_id" text NOT NULL,
	"public_key" text NOT NULL,
	"counter" bigint NOT NULL,
	"transports" text[] NOT NULL,
	"name" text NOT NULL,
	"backed_up" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone,
	"clone_suspected_at" timestamp with time zone,
	CONSTRAINT "passkeys_credential" UNIQUE("credential_id"),
	CONSTRAINT "passkeys_counter" CHECK ("passkeys"."counter" between 0 and 4294967295)
);
--> statement-breakpoint
CREATE TABLE "node_orders" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"node_id" text NOT NULL,
	"body" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "friend_codes" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "friend_codes_code" UNIQUE("code"),
	CONSTRAINT "friend_codes_form" CHECK ("friend_codes"."code" ~ '^[0-9A-HJKMNP-TV-Z]{10}$')
);
--> statement-breakpoint
CREATE TABLE "friend_links" (
	"user_id" uuid NOT NULL,
	"other_id" uuid NOT NULL,
	"state" text NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "friend_links_user_id_other_id_pk" PRIMARY KEY("user_id","other_id"),
	CONSTRAINT "friend_links_state" CHECK ("friend_links"."state" in ('asking', 'asked', 'friends', 'blocked')),
	CONSTRAINT "friend_links_other_player" CHECK ("friend_links"."user_id" <> "friend_links"."other_id")
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"id" text PRIMARY KEY NOT NULL,
	"body" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"replayed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "leaderboard_entries" (
	"game" text NOT NULL,
	"board" text NOT NULL,
	"period" text NOT NULL,
	"user_id" uuid NOT NULL,
	"rule" text NOT NULL,
	"value" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "leaderboard_entries_game_board_period_user_id_pk" PRIMARY KEY("game","board","period","user_id"),
	CONSTRAINT "leaderboard_entries_rule" CHECK ("leaderboard_entries"."rule" in ('highest', 'lowest', 'latest', 'sum'))
);
--> statement-breakpoint
CREATE TABLE "match_players" (
	"match_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seat" integer NOT NULL,
	"place" integer,
	"ended_at" timestamp with time zone NOT NULL,
	CONSTRAINT "match_players_match_id_user_id_pk" PRIMARY KEY("match_id","user_id"),
	CONSTRAINT "match_players_places" CHECK ("match_players"."seat" > 0 and ("match_players"."place" is null or "match_players"."place" > 0))
);
--> statement-breakpoint
CREATE TABLE "match_scores" (
	"match_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"board" text NOT NULL,
	"value" bigint NOT NULL,
	CONSTRAINT "match_scores_match_id_user_id_board_pk" PRIMARY KEY("match_id","user_id","board")
);
--> statement-breakpoint
CREATE TABLE "matches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"game" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "plays" (
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"game" text NOT NULL,
	"region" text NOT NULL,
	"role" text NOT NULL,
	"joined_at" timestamp with time zone NOT NULL,
	"left_at" timestamp with time zone,
	"seconds" integer NOT NULL,
	CONSTRAINT "plays_session_id_user_id_pk" PRIMARY KEY("session_id","user_id"),
	CONSTRAINT "plays_role" CHECK ("plays"."role" in ('player', 'spectator')),
	CONSTRAINT "plays_seconds" CHECK ("plays"."seconds" >= 0)
);
--> statement-breakpoint
CREATE TABLE "viewer_events" (
	"session_id" uuid NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" integer NOT NULL,
	"user_id" uuid,
	"kind" text NOT NULL,
	"seat" integer,
	"at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "viewer_events_session_id_epoch_seq_pk" PRIMARY KEY("session_id","epoch","seq"),
	CONSTRAINT "viewer_events_kind" CHECK ("viewer_events"."kind" in ('joined', 'left')),
	CONSTRAINT "viewer_events_end" CHECK ("viewer_events"."user_id" is not null or "viewer_events"."kind" = 'left')
);
--> statement-breakpoint
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
CREATE TABLE "mails" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid,
	"recipient" text NOT NULL,
	"subject" text NOT NULL,
	"text" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone DEFAULT now(),
	"sent_at" timestamp with time zone,
	"failed_at" timestamp with time zone,
	"last_error" text,
	CONSTRAINT "mails_attempts" CHECK ("mails"."attempts" >= 0),
	CONSTRAINT "mails_state" CHECK (num_nonnulls("mails"."next_try_at", "mails"."sent_at", "mails"."failed_at") = 1)
);
--> statement-breakpoint
CREATE TABLE "parties" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"code" text NOT NULL,
	"leader_id" uuid NOT NULL,
	"max_members" integer NOT NULL,
	"state" text DEFAULT 'gathering' NOT NULL,
	"check_round" integer DEFAULT 0 NOT NULL,
	"check_until" timestamp with time zone,
	"game" text,
	"leader_checked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"leader_away_since" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"active_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "parties_state" CHECK ("parties"."state" in ('gathering', 'checking', 'ready', 'starting', 'ended')),
	CONSTRAINT "parties_size" CHECK ("parties"."max_members" between 2 and 64),
	CONSTRAINT "parties_ended_state" CHECK (("parties"."state" = 'ended') = ("parties"."ended_at" is not null)),
	CONSTRAINT "parties_check_until" CHECK (("parties"."state" in ('checking', 'ready', 'starting')) = ("parties"."check_until" is not null))
);
--> statement-breakpoint
CREATE TABLE "party_invites" (
	"party_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"from_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "party_invites_party_id_user_id_pk" PRIMARY KEY("party_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "party_members" (
	"party_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"joined_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ready_round" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "party_members_party_id_user_id_pk" PRIMARY KEY("party_id","user_id"),
	CONSTRAINT "party_members_one_party" UNIQUE("user_id")
);
--> statement-breakpoint
CREATE TABLE "seat_offers" (
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seat" integer NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "seat_offers_session_id_user_id_pk" PRIMARY KEY("session_id","user_id"),
	CONSTRAINT "seat_offers_seat" CHECK ("seat_offers"."seat" > 1)
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
CREATE TABLE "saves" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"game" text NOT NULL,
	"slot" text NOT NULL,
	"build_version" text NOT NULL,
	"session_id" uuid,
	"epoch" bigint NOT NULL,
	"size" integer NOT NULL,
	"sha256" text NOT NULL,
	"object_key" text NOT NULL,
	"state" text DEFAULT 'uploading' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"upload_expires_at" timestamp with time zone NOT NULL,
	"saved_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "saves_object" UNIQUE("object_key"),
	CONSTRAINT "saves_state" CHECK ("saves"."state" in ('uploading', 'good', 'deleted')),
	CONSTRAINT "saves_size" CHECK ("saves"."size" > 0),
	CONSTRAINT "saves_sha256" CHECK ("saves"."sha256" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "saves_good_at" CHECK ("saves"."state" <> 'good' or "saves"."saved_at" is not null),
	CONSTRAINT "saves_deleted_at" CHECK (("saves"."state" = 'deleted') = ("saves"."deleted_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "wallet_checkouts" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"pack" text NOT NULL,
	"credits" bigint NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallet_checkouts_bounds" CHECK ("wallet_checkouts"."credits" > 0 and "wallet_checkouts"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "wallet_holds" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"price" bigint NOT NULL,
	"unit" text NOT NULL,
	"amount" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp with time zone,
	"charged" bigint,
	CONSTRAINT "wallet_holds_price" CHECK ("wallet_holds"."price" > 0 and "wallet_holds"."unit" in ('session', 'minute')),
	CONSTRAINT "wallet_holds_amount" CHECK ("wallet_holds"."amount" between "wallet_holds"."price" and 9007199254740991),
	CONSTRAINT "wallet_holds_settled" CHECK (("wallet_holds"."settled_at" is null) = ("wallet_holds"."charged" is null)),
	CONSTRAINT "wallet_holds_charged" CHECK ("wallet_holds"."charged" between 0 and "wallet_holds"."amount")
);
--> statement-breakpoint
CREATE TABLE "wallet_payments" (
	"provider" text NOT NULL,
	"payment_id" text NOT NULL,
	"checkout_id" uuid,
	"user_id" uuid,
	"credits" bigint,
	"amount" bigint,
	"credited_at" timestamp with time zone,
	"refunded" bigint DEFAULT 0 NOT NULL,
	"charged_back" bigint DEFAULT 0 NOT NULL,
	"returned" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallet_payments_provider_payment_id_pk" PRIMARY KEY("provider","payment_id"),
	CONSTRAINT "wallet_payments_known" CHECK (("wallet_payments"."credits" is null) = ("wallet_payments"."user_id" is null) and ("wallet_payments"."credits" is null) = ("wallet_payments"."amount" is null)),
	CONSTRAINT "wallet_payments_credited" CHECK ("wallet_payments"."credited_at" is null or "wallet_payments"."credits" is not null),
	CONSTRAINT "wallet_payments_back" CHECK ("wallet_payments"."refunded" >= 0 and "wallet_payments"."charged_back" >= 0),
	CONSTRAINT "wallet_payments_returned" CHECK ("wallet_payments"."returned" between 0 and case when "wallet_payments"."credited_at" is null then 0 else "wallet_payments"."credits" end)
);
--> statement-breakpoint
CREATE TABLE "wallet_postings" (
	"transfer_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"source" text NOT NULL,
	"target" text NOT NULL,
	"amount" bigint NOT NULL,
	CONSTRAINT "wallet_postings_transfer_id_source_target_pk" PRIMARY KEY("transfer_id","source","target"),
	CONSTRAINT "wallet_postings_amount" CHECK ("wallet_postings"."amount" between 1 and 9007199254740991),
	CONSTRAINT "wallet_postings_accounts" CHECK ("wallet_postings"."source" in ('available', 'held', 'debt', 'revenue', 'payments', 'operator', 'promotions') and "wallet_postings"."target" in ('available', 'held', 'debt', 'revenue', 'payments', 'operator', 'promotions') and "wallet_postings"."source" <> "wallet_postings"."target")
);
--> statement-breakpoint
CREATE TABLE "wallet_transfers" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"session_id" uuid,
	"reverses" uuid,
	"reason" text,
	"actor_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallet_transfers_key" UNIQUE("key"),
	CONSTRAINT "wallet_transfers_of_user" UNIQUE("id","user_id"),
	CONSTRAINT "wallet_transfers_reverses" UNIQUE("reverses"),
	CONSTRAINT "wallet_transfers_kind" CHECK ("wallet_transfers"."kind" in ('top_up', 'welcome', 'payment', 'payment_refund', 'session_hold', 'session_charge', 'session_refund', 'debt_paid', 'reversal')),
	CONSTRAINT "wallet_transfers_reversal" CHECK (("wallet_transfers"."kind" = 'reversal') = ("wallet_transfers"."reverses" is not null)),
	CONSTRAINT "wallet_transfers_reason" CHECK (char_length("wallet_transfers"."reason") between 1 and 500)
);
--> statement-breakpoint
CREATE TABLE "wallets" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"available" bigint DEFAULT 0 NOT NULL,
	"held" bigint DEFAULT 0 NOT NULL,
	"debt" bigint DEFAULT 0 NOT NULL,
	"revenue" bigint DEFAULT 0 NOT NULL,
	"payments" bigint DEFAULT 0 NOT NULL,
	"operator" bigint DEFAULT 0 NOT NULL,
	"promotions" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallets_available" CHECK ("wallets"."available" >= 0),
	CONSTRAINT "wallets_held" CHECK ("wallets"."held" >= 0),
	CONSTRAINT "wallets_debt" CHECK ("wallets"."debt" <= 0),
	CONSTRAINT "wallets_debt_first" CHECK ("wallets"."debt" = 0 or "wallets"."available" = 0),
	CONSTRAINT "wallets_sum" CHECK ("wallets"."available" + "wallets"."held" + "wallets"."debt" + "wallets"."revenue" + "wallets"."payments" + "wallets"."operator" + "wallets"."promotions" = 0),
	CONSTRAINT "wallets_safe" CHECK (greatest("wallets"."available", "wallets"."held", -"wallets"."debt", abs("wallets"."revenue"), abs("wallets"."payments"), abs("wallets"."operator"), abs("wallets"."promotions")) <= 9007199254740991)
);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" RENAME COLUMN "session_id" TO "resource_id";--> statement-breakpoint
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_end_reason";--> statement-breakpoint
ALTER TABLE "sign_ins" DROP CONSTRAINT "sign_ins_end_reason";--> statement-breakpoint
ALTER TABLE "idempotency_keys" DROP CONSTRAINT "idempotency_keys_session_id_sessions_id_fk";
--> statement-breakpoint
DROP INDEX "sessions_game";--> statement-breakpoint
ALTER TABLE "node_games" DROP CONSTRAINT "node_games_node_id_game_pk";--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "node_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "slot" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "epoch" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "node_games" ADD CONSTRAINT "node_games_node_id_game_version_pk" PRIMARY KEY("node_id","game","version");--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "owner_id" uuid;--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "price" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "price_unit" text DEFAULT 'session' NOT NULL;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "drain_ordered_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "drain_deadline" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "sign_in_id" uuid;--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "left_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "channel" text DEFAULT 'stable' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "seats" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "group_key" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "region_costs" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "claims" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "queued_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "reserved_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "wait_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sign_ins" ADD COLUMN "device_hash" text;--> statement-breakpoint
ALTER TABLE "sign_ins" ADD COLUMN "device_name" text DEFAULT 'Unknown device' NOT NULL;--> statement-breakpoint
ALTER TABLE "sign_ins" ADD COLUMN "last_used_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "sign_ins" ADD COLUMN "proved_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "email_verified_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "role" text DEFAULT 'player' NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "guest" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "banned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "banned_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "ban_reason" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "account_links" ADD CONSTRAINT "account_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_rules" ADD CONSTRAINT "access_rules_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_actor_id_users_id_fk" FOREIGN KEY ("actor_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "game_builds" ADD CONSTRAINT "game_builds_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "game_builds" ADD CONSTRAINT "game_builds_uploaded_by_users_id_fk" FOREIGN KEY ("uploaded_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "game_releases" ADD CONSTRAINT "game_releases_released_by_users_id_fk" FOREIGN KEY ("released_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "game_releases" ADD CONSTRAINT "game_releases_build" FOREIGN KEY ("game","version") REFERENCES "public"."game_builds"("game","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_rates" ADD CONSTRAINT "chat_rates_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_standings" ADD CONSTRAINT "club_standings_club_id_clubs_id_fk" FOREIGN KEY ("club_id") REFERENCES "public"."clubs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_standings" ADD CONSTRAINT "club_standings_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_standings" ADD CONSTRAINT "club_standings_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_tables" ADD CONSTRAINT "club_tables_club_id_clubs_id_fk" FOREIGN KEY ("club_id") REFERENCES "public"."clubs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "club_tables" ADD CONSTRAINT "club_tables_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identities" ADD CONSTRAINT "identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_requests" ADD CONSTRAINT "oidc_requests_link_sign_in_id_sign_ins_id_fk" FOREIGN KEY ("link_sign_in_id") REFERENCES "public"."sign_ins"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_orders" ADD CONSTRAINT "node_orders_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "friend_codes" ADD CONSTRAINT "friend_codes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "friend_links" ADD CONSTRAINT "friend_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "friend_links" ADD CONSTRAINT "friend_links_other_id_users_id_fk" FOREIGN KEY ("other_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leaderboard_entries" ADD CONSTRAINT "leaderboard_entries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_players" ADD CONSTRAINT "match_players_match_id_matches_id_fk" FOREIGN KEY ("match_id") REFERENCES "public"."matches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_players" ADD CONSTRAINT "match_players_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_scores" ADD CONSTRAINT "match_scores_match_id_user_id_match_players_match_id_user_id_fk" FOREIGN KEY ("match_id","user_id") REFERENCES "public"."match_players"("match_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plays" ADD CONSTRAINT "plays_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_links" ADD CONSTRAINT "invite_links_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_links" ADD CONSTRAINT "invite_links_party_id_parties_id_fk" FOREIGN KEY ("party_id") REFERENCES "public"."parties"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_links" ADD CONSTRAINT "invite_links_club_id_clubs_id_fk" FOREIGN KEY ("club_id") REFERENCES "public"."clubs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_links" ADD CONSTRAINT "invite_links_creator_id_users_id_fk" FOREIGN KEY ("creator_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_uses" ADD CONSTRAINT "invite_uses_invite_id_invite_links_id_fk" FOREIGN KEY ("invite_id") REFERENCES "public"."invite_links"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_uses" ADD CONSTRAINT "invite_uses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mails" ADD CONSTRAINT "mails_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parties" ADD CONSTRAINT "parties_leader_id_users_id_fk" FOREIGN KEY ("leader_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_invites" ADD CONSTRAINT "party_invites_party_id_parties_id_fk" FOREIGN KEY ("party_id") REFERENCES "public"."parties"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_invites" ADD CONSTRAINT "party_invites_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_invites" ADD CONSTRAINT "party_invites_from_id_users_id_fk" FOREIGN KEY ("from_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_members" ADD CONSTRAINT "party_members_party_id_parties_id_fk" FOREIGN KEY ("party_id") REFERENCES "public"."parties"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "party_members" ADD CONSTRAINT "party_members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seat_offers" ADD CONSTRAINT "seat_offers_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seat_offers" ADD CONSTRAINT "seat_offers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_rules" ADD CONSTRAINT "room_rules_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_rules" ADD CONSTRAINT "room_rules_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_vote_answers" ADD CONSTRAINT "room_vote_answers_vote_id_room_votes_id_fk" FOREIGN KEY ("vote_id") REFERENCES "public"."room_votes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_vote_answers" ADD CONSTRAINT "room_vote_answers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_votes" ADD CONSTRAINT "room_votes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_votes" ADD CONSTRAINT "room_votes_starter_id_users_id_fk" FOREIGN KEY ("starter_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rooms" ADD CONSTRAINT "rooms_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saves" ADD CONSTRAINT "saves_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saves" ADD CONSTRAINT "saves_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saves" ADD CONSTRAINT "saves_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_checkouts" ADD CONSTRAINT "wallet_checkouts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_holds" ADD CONSTRAINT "wallet_holds_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_holds" ADD CONSTRAINT "wallet_holds_user_id_wallets_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."wallets"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_payments" ADD CONSTRAINT "wallet_payments_checkout_id_wallet_checkouts_id_fk" FOREIGN KEY ("checkout_id") REFERENCES "public"."wallet_checkouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_payments" ADD CONSTRAINT "wallet_payments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_postings" ADD CONSTRAINT "wallet_postings_transfer" FOREIGN KEY ("transfer_id","user_id") REFERENCES "public"."wallet_transfers"("id","user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_user_id_wallets_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."wallets"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_session_id_wallet_holds_session_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."wallet_holds"("session_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_actor_id_users_id_fk" FOREIGN KEY ("actor_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_reversed" FOREIGN KEY ("reverses","user_id") REFERENCES "public"."wallet_transfers"("id","user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_links_user" ON "account_links" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "account_links_expiry" ON "account_links" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sign_in_locks_guarded" ON "sign_in_locks" USING btree ("guarded");--> statement-breakpoint
CREATE INDEX "sign_in_locks_age" ON "sign_in_locks" USING btree ("last_try_at");--> statement-breakpoint
CREATE INDEX "active_days_user" ON "active_days" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_log_request" ON "audit_log" USING btree ("actor_id","key") WHERE "audit_log"."outcome" in ('begun', 'done');--> statement-breakpoint
CREATE INDEX "audit_log_actor" ON "audit_log" USING btree ("actor_id","id");--> statement-breakpoint
CREATE INDEX "audit_log_target" ON "audit_log" USING btree ("target_kind","target_id","id");--> statement-breakpoint
CREATE INDEX "audit_log_act" ON "audit_log" USING btree ("act","id");--> statement-breakpoint
CREATE UNIQUE INDEX "game_releases_current" ON "game_releases" USING btree ("channel","game") WHERE "game_releases"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "game_releases_history" ON "game_releases" USING btree ("game","channel","released_at");--> statement-breakpoint
CREATE INDEX "chat_channels_age" ON "chat_channels" USING btree ("used_at");--> statement-breakpoint
CREATE INDEX "chat_messages_author" ON "chat_messages" USING btree ("author_id") WHERE "chat_messages"."text" is not null;--> statement-breakpoint
CREATE INDEX "chat_messages_age" ON "chat_messages" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "chat_rates_age" ON "chat_rates" USING btree ("window_start");--> statement-breakpoint
CREATE UNIQUE INDEX "club_standings_one_owner" ON "club_standings" USING btree ("club_id") WHERE "club_standings"."role" = 'owner';--> statement-breakpoint
CREATE INDEX "club_standings_by_standing" ON "club_standings" USING btree ("club_id","standing","since","user_id");--> statement-breakpoint
CREATE INDEX "club_standings_of_user" ON "club_standings" USING btree ("user_id","standing");--> statement-breakpoint
CREATE INDEX "club_tables_game" ON "club_tables" USING btree ("game");--> statement-breakpoint
CREATE INDEX "clubs_name" ON "clubs" USING btree (lower("name") text_pattern_ops,"id") WHERE "clubs"."disbanded_at" is null;--> statement-breakpoint
CREATE INDEX "oidc_requests_expiry" ON "oidc_requests" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "oidc_requests_sign_in" ON "oidc_requests" USING btree ("link_sign_in_id");--> statement-breakpoint
CREATE INDEX "passkey_challenges_expiry" ON "passkey_challenges" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "passkeys_user" ON "passkeys" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "node_orders_node" ON "node_orders" USING btree ("node_id","id");--> statement-breakpoint
CREATE INDEX "friend_links_list" ON "friend_links" USING btree ("user_id","state","other_id");--> statement-breakpoint
CREATE INDEX "friend_links_other" ON "friend_links" USING btree ("other_id","state");--> statement-breakpoint
CREATE INDEX "leaderboard_entries_rank" ON "leaderboard_entries" USING btree ("game","board","period","value");--> statement-breakpoint
CREATE INDEX "leaderboard_entries_age" ON "leaderboard_entries" USING btree ("at") WHERE "leaderboard_entries"."period" <> 'all';--> statement-breakpoint
CREATE INDEX "match_players_user" ON "match_players" USING btree ("user_id","ended_at");--> statement-breakpoint
CREATE INDEX "matches_session" ON "matches" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "plays_user" ON "plays" USING btree ("user_id","joined_at");--> statement-breakpoint
CREATE INDEX "plays_time" ON "plays" USING btree ("joined_at");--> statement-breakpoint
CREATE INDEX "plays_open" ON "plays" USING btree ("session_id") WHERE "plays"."left_at" is null;--> statement-breakpoint
CREATE INDEX "viewer_events_age" ON "viewer_events" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "invite_links_creator" ON "invite_links" USING btree ("creator_id","id") WHERE "invite_links"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "invite_links_expiry" ON "invite_links" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "invite_links_session" ON "invite_links" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "invite_links_party" ON "invite_links" USING btree ("party_id");--> statement-breakpoint
CREATE INDEX "invite_links_club" ON "invite_links" USING btree ("club_id");--> statement-breakpoint
CREATE INDEX "invite_uses_user" ON "invite_uses" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "mails_due" ON "mails" USING btree ("next_try_at") WHERE "mails"."next_try_at" is not null;--> statement-breakpoint
CREATE INDEX "mails_age" ON "mails" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "mails_user" ON "mails" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "parties_live_code" ON "parties" USING btree ("code") WHERE "parties"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "parties_idle" ON "parties" USING btree ("active_at") WHERE "parties"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "parties_ended" ON "parties" USING btree ("ended_at") WHERE "parties"."ended_at" is not null;--> statement-breakpoint
CREATE INDEX "parties_check" ON "parties" USING btree ("check_until") WHERE "parties"."state" in ('checking', 'ready', 'starting');--> statement-breakpoint
CREATE INDEX "parties_leader_check" ON "parties" USING btree ("leader_checked_at") WHERE "parties"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "party_invites_user" ON "party_invites" USING btree ("user_id","expires_at");--> statement-breakpoint
CREATE INDEX "party_invites_age" ON "party_invites" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "room_rules_user" ON "room_rules" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "room_vote_answers_user" ON "room_vote_answers" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "room_votes_one_open" ON "room_votes" USING btree ("session_id") WHERE "room_votes"."state" in ('open', 'passed');--> statement-breakpoint
CREATE INDEX "room_votes_of_room" ON "room_votes" USING btree ("session_id","created_at");--> statement-breakpoint
CREATE INDEX "room_votes_due" ON "room_votes" USING btree ("ends_at") WHERE "room_votes"."state" in ('open', 'passed');--> statement-breakpoint
CREATE INDEX "room_votes_starter" ON "room_votes" USING btree ("starter_id");--> statement-breakpoint
CREATE UNIQUE INDEX "saves_good" ON "saves" USING btree ("user_id","game","slot") WHERE "saves"."state" = 'good';--> statement-breakpoint
CREATE INDEX "saves_user" ON "saves" USING btree ("user_id","id") WHERE "saves"."state" <> 'deleted';--> statement-breakpoint
CREATE INDEX "saves_uploading" ON "saves" USING btree ("upload_expires_at") WHERE "saves"."state" = 'uploading';--> statement-breakpoint
CREATE INDEX "saves_deleted" ON "saves" USING btree ("deleted_at") WHERE "saves"."state" = 'deleted';--> statement-breakpoint
CREATE INDEX "saves_session" ON "saves" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "wallet_checkouts_user" ON "wallet_checkouts" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "wallet_checkouts_age" ON "wallet_checkouts" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "wallet_holds_open" ON "wallet_holds" USING btree ("session_id") WHERE "wallet_holds"."settled_at" is null;--> statement-breakpoint
CREATE INDEX "wallet_holds_user" ON "wallet_holds" USING btree ("user_id") WHERE "wallet_holds"."settled_at" is null;--> statement-breakpoint
CREATE INDEX "wallet_payments_user" ON "wallet_payments" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "wallet_payments_checkout" ON "wallet_payments" USING btree ("checkout_id");--> statement-breakpoint
CREATE INDEX "wallet_postings_user" ON "wallet_postings" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "wallet_transfers_user" ON "wallet_transfers" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "wallet_transfers_session" ON "wallet_transfers" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "wallet_transfers_spent" ON "wallet_transfers" USING btree ("created_at") WHERE "wallet_transfers"."kind" in ('session_charge', 'reversal');--> statement-breakpoint
CREATE INDEX "wallets_updated" ON "wallets" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "wallets_slice" ON "wallets" USING btree (get_byte(uuid_send(user_id), 15));--> statement-breakpoint
ALTER TABLE "games" ADD CONSTRAINT "games_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "games_owner" ON "games" USING btree ("owner_id");--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_live_group" ON "sessions" USING btree ("group_key") WHERE "sessions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_queue" ON "sessions" USING btree ("game","queued_at","id") WHERE "sessions"."state" = 'queued';--> statement-breakpoint
CREATE INDEX "sessions_created" ON "sessions" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "users_email_prefix" ON "users" USING btree ("email" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "users_name_prefix" ON "users" USING btree (lower("display_name") text_pattern_ops);--> statement-breakpoint
CREATE INDEX "users_created" ON "users" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "users_guests" ON "users" USING btree ("created_at") WHERE "users"."guest";--> statement-breakpoint
CREATE INDEX "sessions_game" ON "sessions" USING btree ("game","ended_at");--> statement-breakpoint
ALTER TABLE "games" ADD CONSTRAINT "games_price" CHECK ("games"."price" >= 0 and "games"."price_unit" in ('session', 'minute'));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_channel" CHECK ("sessions"."channel" in ('stable', 'beta'));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_seats" CHECK ("sessions"."seats" > 0);--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_slot" CHECK (("sessions"."node_id" is null) = ("sessions"."slot" is null) and ("sessions"."node_id" is null) = ("sessions"."epoch" is null));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_slot_held" CHECK ("sessions"."state" not in ('reserved', 'starting', 'playing', 'reconnecting') or "sessions"."node_id" is not null);--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_queued" CHECK ("sessions"."state" <> 'queued' or ("sessions"."node_id" is null and "sessions"."queued_at" is not null and "sessions"."wait_until" is not null));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_end_reason" CHECK ("sessions"."end_reason" in ('game_exited', 'game_crashed', 'game_failed_to_start', 'player_quit', 'reconnect_window_expired', 'node_draining', 'node_shutdown', 'node_lost', 'host_failed', 'reservation_expired', 'queue_left', 'credits_exhausted', 'room_dissolved', 'operator_ended'));--> statement-breakpoint
ALTER TABLE "sign_ins" ADD CONSTRAINT "sign_ins_end_reason" CHECK ("sign_ins"."end_reason" in ('logout', 'ended_elsewhere', 'refresh_reused', 'password_changed', 'password_reset', 'account_deleted', 'banned', 'operator'));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_role" CHECK ("users"."role" in ('player', 'developer', 'operator', 'admin'));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_guest" CHECK (not "users"."guest" or ("users"."email" is null and "users"."password_hash" is null));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_ban" CHECK (("users"."banned_at" is null) = ("users"."ban_reason" is null));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_ban_end" CHECK ("users"."banned_until" is null or "users"."banned_at" is not null);--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_deleted" CHECK ("users"."deleted_at" is null or ("users"."email" is null and "users"."password_hash" is null));