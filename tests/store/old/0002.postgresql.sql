SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.analyses (
    id character varying NOT NULL,
    started_at timestamp with time zone NOT NULL,
    calls integer NOT NULL,
    settings json NOT NULL
);
CREATE TABLE public.assignments (
    call_id character varying NOT NULL,
    task_id character varying
);
CREATE TABLE public.audit (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    who character varying NOT NULL,
    action character varying NOT NULL,
    subject character varying NOT NULL,
    detail json NOT NULL
);
CREATE SEQUENCE public.audit_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_seq_seq OWNED BY public.audit.seq;
CREATE TABLE public.bundles (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    dataset_id character varying,
    created_at timestamp with time zone NOT NULL,
    path character varying NOT NULL,
    verdict character varying NOT NULL,
    manifest_sha256 character varying NOT NULL,
    retired_at timestamp with time zone,
    retired_because character varying
);
CREATE TABLE public.calls (
    seq bigint NOT NULL,
    id character varying NOT NULL,
    trace_id character varying,
    parent_id character varying,
    call_index integer,
    app character varying,
    agent character varying,
    provider character varying,
    model character varying,
    operation character varying NOT NULL,
    framework character varying,
    started_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    duration_ms double precision,
    time_to_first_token_ms double precision,
    prompt_id bytea,
    tools_id bytea,
    response_format_id bytea,
    response_id bytea,
    error_id bytea,
    extra_id bytea,
    input_tokens integer,
    output_tokens integer,
    cached_tokens integer,
    reasoning_tokens integer,
    cost_usd double precision,
    audience character varying NOT NULL,
    origin character varying,
    served_by character varying NOT NULL
);
CREATE SEQUENCE public.calls_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.calls_seq_seq OWNED BY public.calls.seq;
CREATE TABLE public.contents (
    id bytea NOT NULL,
    codec integer NOT NULL,
    size integer NOT NULL,
    data bytea NOT NULL,
    key_number integer DEFAULT 0 NOT NULL,
    state integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.dataset_items (
    dataset_id character varying NOT NULL,
    call_id character varying NOT NULL,
    split character varying NOT NULL,
    origin character varying
);
CREATE TABLE public.datasets (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    erased_calls integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.entities (
    id bytea NOT NULL,
    type character varying NOT NULL,
    codec integer NOT NULL,
    size integer NOT NULL,
    key_number integer NOT NULL,
    data bytea NOT NULL
);
CREATE TABLE public.erasures (
    id character varying NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    requested_by character varying NOT NULL,
    origins json NOT NULL,
    proof json NOT NULL,
    deleted_at timestamp with time zone,
    scrubbed_at timestamp with time zone
);
CREATE TABLE public.flags (
    seq bigint NOT NULL,
    task_id character varying NOT NULL,
    mode character varying NOT NULL,
    rate double precision NOT NULL,
    set_at timestamp with time zone NOT NULL,
    set_by character varying NOT NULL
);
CREATE SEQUENCE public.flags_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.flags_seq_seq OWNED BY public.flags.seq;
CREATE TABLE public.grants (
    grantee character varying NOT NULL,
    app character varying NOT NULL,
    role character varying NOT NULL
);
CREATE TABLE public.mentions (
    seq bigint NOT NULL,
    id bytea NOT NULL,
    scope character varying NOT NULL,
    entity_id bytea NOT NULL
);
CREATE SEQUENCE public.mentions_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.mentions_seq_seq OWNED BY public.mentions.seq;
CREATE TABLE public.meta (
    key character varying NOT NULL,
    value bytea NOT NULL
);
COMMENT ON TABLE public.meta IS 'facts about this database: the epoch of its contents';
CREATE TABLE public.nodes (
    id bytea NOT NULL,
    parent_id bytea,
    content_id bytea NOT NULL,
    depth integer NOT NULL
);
CREATE TABLE public.observations (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    task_id character varying NOT NULL,
    bundle_id character varying NOT NULL,
    mode character varying NOT NULL,
    accepted boolean NOT NULL,
    agreed boolean NOT NULL,
    score double precision NOT NULL,
    student_ms double precision NOT NULL,
    teacher_ms double precision,
    call_id character varying
);
CREATE SEQUENCE public.observations_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.observations_seq_seq OWNED BY public.observations.seq;
CREATE TABLE public.retention (
    app character varying NOT NULL,
    days double precision,
    calls integer,
    bytes bigint,
    set_at timestamp with time zone NOT NULL,
    set_by character varying NOT NULL
);
CREATE TABLE public.secrets (
    number integer NOT NULL,
    purpose character varying NOT NULL,
    wrapped bytea NOT NULL,
    wrapped_by character varying NOT NULL,
    made_at timestamp with time zone NOT NULL
);
CREATE TABLE public.slm_instrument_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.tasks (
    id character varying NOT NULL,
    analysis_id character varying NOT NULL,
    name character varying NOT NULL,
    calls integer NOT NULL,
    content_id bytea NOT NULL
);
ALTER TABLE ONLY public.audit ALTER COLUMN seq SET DEFAULT nextval('public.audit_seq_seq'::regclass);
ALTER TABLE ONLY public.calls ALTER COLUMN seq SET DEFAULT nextval('public.calls_seq_seq'::regclass);
ALTER TABLE ONLY public.flags ALTER COLUMN seq SET DEFAULT nextval('public.flags_seq_seq'::regclass);
ALTER TABLE ONLY public.mentions ALTER COLUMN seq SET DEFAULT nextval('public.mentions_seq_seq'::regclass);
ALTER TABLE ONLY public.observations ALTER COLUMN seq SET DEFAULT nextval('public.observations_seq_seq'::regclass);
INSERT INTO public.analyses VALUES ('a1', '2026-05-04 03:02:01.123456+00', 14, '{"seed": 0}');
INSERT INTO public.assignments VALUES ('call-0', 't1');
INSERT INTO public.assignments VALUES ('call-1', 't1');
INSERT INTO public.assignments VALUES ('call-2', 't1');
INSERT INTO public.assignments VALUES ('call-3', 't1');
INSERT INTO public.assignments VALUES ('call-4', 't1');
INSERT INTO public.assignments VALUES ('call-5', 't1');
INSERT INTO public.assignments VALUES ('call-6', 't1');
INSERT INTO public.assignments VALUES ('call-7', 't1');
INSERT INTO public.assignments VALUES ('call-8', 't1');
INSERT INTO public.assignments VALUES ('call-9', 't1');
INSERT INTO public.assignments VALUES ('call-10', 't1');
INSERT INTO public.assignments VALUES ('call-11', 't1');
INSERT INTO public.assignments VALUES ('full', NULL);
INSERT INTO public.assignments VALUES ('failed', NULL);
INSERT INTO public.audit VALUES (1, '2026-05-04 03:02:01.123456+00', 'ann', 'export', '*', '{"calls": 3}');
INSERT INTO public.bundles VALUES ('b1', 't1', 'd1', '2026-05-04 03:02:01.123456+00', 'models/b1', 'CERTIFIED', '0000000000000000000000000000000000000000000000000000000000000000', NULL, NULL);
INSERT INTO public.calls VALUES (1, 'call-0', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:01.123456+00', '2026-11-24 15:04:05.652636+00', 100, NULL, '\xe39284e646aa092e85c7b114d9cfce4f', NULL, NULL, '\xd3b72bb729634f6875e84faa7843e237', NULL, '\x755769dc0b41910f3431c889122d4607', 40, 1, NULL, NULL, NULL, 'agent', 'df8c8ba24507c41325edfce4a206bc91', 'llm');
INSERT INTO public.calls VALUES (2, 'call-1', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:02.123456+00', '2026-11-24 15:04:05.652636+00', 101, NULL, '\xdbe209f5323542f7f28cbc5ada183a90', NULL, NULL, '\x1fd584803866f601d55956952d685d19', NULL, '\xbe872660a18356e4fed307b25d4e4f2b', 40, 1, NULL, NULL, NULL, 'agent', 'dbe1e4a2021cd373fa47dfbb8da1ff30', 'llm');
INSERT INTO public.calls VALUES (3, 'call-2', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:03.123456+00', '2026-11-24 15:04:05.652636+00', 102, NULL, '\x3f1591a6fb4fceb85bc514e1f6cfd470', NULL, NULL, '\xd3b72bb729634f6875e84faa7843e237', NULL, '\x6e00004e3abd4798cedfef6048c802a7', 40, 1, NULL, NULL, NULL, 'agent', '05993cde1fb3aa2e3a17c5bc43931561', 'llm');
INSERT INTO public.calls VALUES (4, 'call-3', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:04.123456+00', '2026-11-24 15:04:05.652636+00', 103, NULL, '\x7a68d26eaa4e0325132acf99e9f1be1e', NULL, NULL, '\x1fd584803866f601d55956952d685d19', NULL, '\xe631378689bed7ec5c0195ce4ca5cc8f', 40, 1, NULL, NULL, NULL, 'agent', 'df8c8ba24507c41325edfce4a206bc91', 'llm');
INSERT INTO public.calls VALUES (5, 'call-4', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:05.123456+00', '2026-11-24 15:04:05.652636+00', 104, NULL, '\xba11506f5344cd7f56c530268e10c55d', NULL, NULL, '\xd3b72bb729634f6875e84faa7843e237', NULL, '\xb96ff047c8c01c30b1f8c0149fa7e7e5', 40, 1, NULL, NULL, NULL, 'agent', 'dbe1e4a2021cd373fa47dfbb8da1ff30', 'llm');
INSERT INTO public.calls VALUES (6, 'call-5', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:06.123456+00', '2026-11-24 15:04:05.652636+00', 105, NULL, '\x9b0bb5c9ddf96266bea603e37cb2e46f', NULL, NULL, '\x1fd584803866f601d55956952d685d19', NULL, '\x33c6de337068a899c5c127266e4ac4dc', 40, 1, NULL, NULL, NULL, 'agent', '05993cde1fb3aa2e3a17c5bc43931561', 'llm');
INSERT INTO public.calls VALUES (7, 'call-6', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:07.123456+00', '2026-11-24 15:04:05.652636+00', 106, NULL, '\x5d10a7f6f1268fd641e670406aa8349c', NULL, NULL, '\xd3b72bb729634f6875e84faa7843e237', NULL, '\x875f851a2a740cd8c74203843e689fd8', 40, 1, NULL, NULL, NULL, 'agent', 'df8c8ba24507c41325edfce4a206bc91', 'llm');
INSERT INTO public.calls VALUES (8, 'call-7', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:08.123456+00', '2026-11-24 15:04:05.652636+00', 107, NULL, '\x0a91185eef8bad214f00c9409746743b', NULL, NULL, '\x1fd584803866f601d55956952d685d19', NULL, '\x8a973a470686d3146ebc460784adf23d', 40, 1, NULL, NULL, NULL, 'agent', 'dbe1e4a2021cd373fa47dfbb8da1ff30', 'llm');
INSERT INTO public.calls VALUES (9, 'call-8', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:09.123456+00', '2026-11-24 15:04:05.652636+00', 108, NULL, '\x3d30d0e0b79ee17a88cd25f4cdf1b522', NULL, NULL, '\xd3b72bb729634f6875e84faa7843e237', NULL, '\x0d05844b28f058a8cdcc710b120c7eb4', 40, 1, NULL, NULL, NULL, 'agent', '05993cde1fb3aa2e3a17c5bc43931561', 'llm');
INSERT INTO public.calls VALUES (10, 'call-9', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:10.123456+00', '2026-11-24 15:04:05.652636+00', 109, NULL, '\xaa962575e82e4dca37fd569b48303e0a', NULL, NULL, '\x1fd584803866f601d55956952d685d19', NULL, '\xac3415f3c47f27a02db9c57ef7080423', 40, 1, NULL, NULL, NULL, 'agent', 'df8c8ba24507c41325edfce4a206bc91', 'llm');
INSERT INTO public.calls VALUES (11, 'call-10', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:11.123456+00', '2026-11-24 15:04:05.652636+00', 110, NULL, '\x8cff5f904897150945eda7be44621651', NULL, NULL, '\xd3b72bb729634f6875e84faa7843e237', NULL, '\x6c88debd8b7285dcdda4e47912f06f0b', 40, 1, NULL, NULL, NULL, 'agent', 'dbe1e4a2021cd373fa47dfbb8da1ff30', 'llm');
INSERT INTO public.calls VALUES (12, 'call-11', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:12.123456+00', '2026-11-24 15:04:05.652636+00', 111, NULL, '\x106292a11788d2aa90104c5fcfd6a964', NULL, NULL, '\x1fd584803866f601d55956952d685d19', NULL, '\x5658b360ddc6eb3e9df049377fafb222', 40, 1, NULL, NULL, NULL, 'agent', '05993cde1fb3aa2e3a17c5bc43931561', 'llm');
INSERT INTO public.calls VALUES (13, 'full', NULL, 'call-1', 3, NULL, NULL, 'openai', NULL, 'chat', 'langchain', NULL, '2026-11-24 15:04:05.652636+00', NULL, 3.25, '\xd5eafdf755f35b4b683424f4489a644a', '\x4c116d0fadad7859602b017a3cc6fa1d', '\xb3594f2191dc2c1f592f380e8c954a87', NULL, NULL, '\xd69a6da51eca057ec2514d3faa609083', NULL, NULL, NULL, NULL, 0.001, 'human', NULL, 'slm:b1');
INSERT INTO public.calls VALUES (14, 'failed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 15:04:05.652636+00', NULL, NULL, '\x45b6bd4374753531625d07c1df56a1b0', NULL, NULL, NULL, '\x7b76a41c6506ae49a2f2a23f4d465fad', NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.calls VALUES (15, 'private', 'trace-0', NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 15:04:05.724687+00', NULL, NULL, '\x25d8cd79c4e737003a1b5f82aa5b5d02', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.contents VALUES ('\xe50bce2efb20c560784342dc8bb0c532', 1, 138, '\x0ed88572e345d667294b561b63866f24ed74a557339c94f34198a6cc368a3fc6678639300ecdee24aecfd47ca616ee1e51e35368d38c6b26527f2a3bfad7847a178ad63c8d4ed4b8359779bc12df02d04304767e2313d75c6e4e53e23b9208515502ef1d57ad95d7b82b43095b909075b177b287c7bd5bf0444c13a2adb8552091d141', 2, 0);
INSERT INTO public.contents VALUES ('\xdecfc6aec4c44f6e27cadc5141c7ed16', 0, 60, '\x5ad2bcfe12a9eb1ef5e96647e10f534fedc2c07f1ba0b32965c3f389eb271fb29bd5119912162809c081d6f424c75de167c5b65107743ab382a402ccb61d0376375dd4d1b8ba31f6e3fa771b', 2, 0);
INSERT INTO public.contents VALUES ('\xd3b72bb729634f6875e84faa7843e237', 0, 38, '\xa6836ced06d987fca296759455de06b563bb9f0864852be0786c9bf3c33646c502f24f91d34d0611c31a3e3d94b922ea2ca586651067', 2, 0);
INSERT INTO public.contents VALUES ('\x755769dc0b41910f3431c889122d4607', 0, 23, '\xb87d52aefcba93e21fc6cb0f2ffd1323ec23c138547986d24a20ebc903e41106a222976762f2a9', 2, 0);
INSERT INTO public.contents VALUES ('\x6bfd767a6b044287ac1ddb8e99ac9ff5', 0, 60, '\x33ba650ba86b80c9712b06f55bbd9e99eba123aaf693b24653db729eca0f814b8ef4f7d9ace6b64d123feb0ada9eefb322cd17bf578fb075bf7b2abc40bfaeb02f961255ea7b98f9ab31000f', 2, 0);
INSERT INTO public.contents VALUES ('\x1fd584803866f601d55956952d685d19', 0, 37, '\x688e72fbdc29792b073b21664e489dd733c796cb60b0df2869ac6634cb5445b8568bc86d9f6bdbb684db2d75e83bbc28243669f59d', 2, 0);
INSERT INTO public.contents VALUES ('\xbe872660a18356e4fed307b25d4e4f2b', 0, 23, '\xb8cc1227dc68b1cdebe176e16f36601177d411529d9180f43eebdb393f40ba4f4752362bdc26f5', 2, 0);
INSERT INTO public.contents VALUES ('\xf0bc409fa0eda3746182c8bedda292b9', 0, 60, '\x66d8fed8eab5899eb642967d81ef9065540c6507573c7995cedf53dee8dc26ff484c10725cba571f5cabf285e4215029f6d39125c6070201702a3609c4cdc9cfa2f4247dd89ffb9c82691395', 2, 0);
INSERT INTO public.contents VALUES ('\x6e00004e3abd4798cedfef6048c802a7', 0, 23, '\xd07761c550ec7f3c7b34f23ebd3491ac65e1c925928307da232a7ef57329ba7294d218cfe20e72', 2, 0);
INSERT INTO public.contents VALUES ('\xca47709386c8e7fb4dcfaf91b9768933', 0, 60, '\x1a7ca2260b4061e9a0dbb73e0ae79a19de03c69668bd4fe5ccd0e9efdbdf2ab5cb9a0ad9e7bdf4a94abbc9dc5107455db1e5d1e642f8a0345bb9392addb253207bfacd265fc372c933afa1dc', 2, 0);
INSERT INTO public.contents VALUES ('\xe631378689bed7ec5c0195ce4ca5cc8f', 0, 23, '\x5315741f6917f44be73f0c45e806f075ab3af7c924719401b6f39c8869c47f4305cebfec9c6ff5', 2, 0);
INSERT INTO public.contents VALUES ('\x58181117e5dd443e50b124dbb4a85dad', 0, 60, '\x5aa54f72c8bc968f82b20f981617d0bd817099f3065ebb4c62fb43cf747b55ae53719336f88cb7309af9bfd7e90f4010e5d0c07f5a346e00b9908d28f269ad792a52640db4ce282827b7a1d3', 2, 0);
INSERT INTO public.contents VALUES ('\xb96ff047c8c01c30b1f8c0149fa7e7e5', 0, 23, '\x4c38eada21f85ed609f448d6e8aa1b55bb4b012b1bbdab66d48fccc2ce3fba6af26515c0d23825', 2, 0);
INSERT INTO public.contents VALUES ('\x1f04a8067b9fb663a954cfdb312048fd', 0, 60, '\x47388d0f5a52307403b4de9c778e950aa4f4e3d97d7901f4a0122426de43c24577950ca9fca29c0795751647b4504284c76c47034ab6b569c45f66cb2174926048e16bf1500766b317e786ce', 2, 0);
INSERT INTO public.contents VALUES ('\x33c6de337068a899c5c127266e4ac4dc', 0, 23, '\x60217b8dca31ed451d9f1eb7f01adcb9b18576d396a929fd9161a7a07394b47fc4e4c59a2be858', 2, 0);
INSERT INTO public.contents VALUES ('\x64c7aef4dd8e3b0a4a651f1b1d1536f1', 0, 60, '\xf1e65665af60773a4159ea69408b60de157786d656264f929ca3e05b050d2dd75a67d8cab79b1ccd9881caa96a3b411cd82911ed02c84e1a322cfa8da23464402e8d27b3e9832a5068a48ef2', 2, 0);
INSERT INTO public.contents VALUES ('\x875f851a2a740cd8c74203843e689fd8', 0, 23, '\x8e04fe0e07e6ff44c9e885eae708a99afb1cad1c60f088a8ef3cfe1f197926e74a74c42754bf25', 2, 0);
INSERT INTO public.contents VALUES ('\x04a30778d2fbeeba8507e144bda1b385', 0, 60, '\x97d1323cc21ef3a507f048d5cbd8f3c08c043e9a09db748ad50ceb1a1b1dc2ea0b4c60a19f112db8a23654bf6600e49d5e086915bcbb2df7f435754d6d437f8a3a854cd70435bbacbac9c26d', 2, 0);
INSERT INTO public.contents VALUES ('\x8a973a470686d3146ebc460784adf23d', 0, 23, '\x2a3a2c3964e2f3b5805c5d5a35d56507ca16785431e6fc9162773a1d6e44faccffe9ca2d1a300d', 2, 0);
INSERT INTO public.contents VALUES ('\x97df2bc2d410bd36d10b58252f362bc4', 0, 60, '\xab78a9452b397e3fe1c4746860e0f835f90356fb2278ee3649a9cc10c71d7f312b728b7c94922743fb18c4f57631c9e2dd4ec5c92476b736736b0464c3dfa3f47d543e093e7c31320c61659a', 2, 0);
INSERT INTO public.contents VALUES ('\x0d05844b28f058a8cdcc710b120c7eb4', 0, 23, '\x8d6dd716d78aa80a0b94c7d2db1afdfc714f60b3d8e81cf0b20fb78c74745062a1569484fa8959', 2, 0);
INSERT INTO public.contents VALUES ('\xf87826369048db7c64c51f5dd9028984', 0, 60, '\x075fe9fa8a40836557768c518cade985ede0e860a49070caae00057554d2cacaf5fd52cc3ae886d6c90f640770db061830ab0d22e0ff0f6ca584f2564f10c3e36795e05aaf30fb6631fdf2e7', 2, 0);
INSERT INTO public.contents VALUES ('\xac3415f3c47f27a02db9c57ef7080423', 0, 23, '\x33a62aa9208b63d75160f0534f7296dc04394539229054b07a894d70669c3ec85a4f4b8b8aba7b', 2, 0);
INSERT INTO public.contents VALUES ('\x17024384c55486af71d20d98ed671722', 0, 61, '\xfe896eddbd0c1b8e5094a112c8b938b0672757cf678fcda398e05305f4a475c765138143c88a831d43318f166c23f7158bdc122264a98f1bf884d0add4fc30ca90117c5871607fb282b07ba9ee', 2, 0);
INSERT INTO public.contents VALUES ('\x6c88debd8b7285dcdda4e47912f06f0b', 0, 24, '\x7a64d9a6870b9161b83b687ef7f63c07c201085d84725a7dacdcaeea5cb1457a69178e7e0d8996f2', 2, 0);
INSERT INTO public.contents VALUES ('\xfed3ed64ce94ace0e78117da7db083e4', 0, 61, '\x7235f9779e3edd0470a5a4df71c1df8c6eb7bf99a983afcd8c0d5a6f64e72492182577db7860ac2cccec53118fbd4b336222a418b723667e6362f4706068c798d1098fd3be3503f45d71fe3f11', 2, 0);
INSERT INTO public.contents VALUES ('\x5658b360ddc6eb3e9df049377fafb222', 0, 24, '\xe7b19cff3efdfb2096319da2defddbb9cbc15acdfab3ee02ccef6940d4622441c32ce629a43bc6df', 2, 0);
INSERT INTO public.contents VALUES ('\xc09d15bf91f23ee452582712c783ff9c', 1, 101, '\x8cd55810539b438ef4b8a8e284645543d10b1c66f88d8c1724a97f435b3a051aa3edb333c1a2132fdf05b453f5bbae3c84d3bdbab6218e2907bb682eeb163f500ead2023642ccd087be5f1faac0d50eb8c637ead9b3c77bddd782efe17e7b432126dfe590969db', 2, 0);
INSERT INTO public.contents VALUES ('\x9adde3561b090628683ef96a6177f38f', 1, 133, '\x0b1b883d3721990bb87548051c4af827091203d6a7e1cdc492503ffb35e5e285bf5771d2b34f64115d9ccfed1ad320fea8bdd98929856fe3841ee14d3def2a7ebd91b2a36373e6b4028e895d859743de963d8aa5664c984a32ef93ed19e7e2679127c9d6404670b74832d373f2f1fd38f39d5a63134f5e2be6acb2f0f2cfb1aa', 2, 0);
INSERT INTO public.contents VALUES ('\xd437c89a56a4c8b0a642d50582035429', 0, 68, '\xdcf6a63f91181939e7a1de3ee3e4858dd20a7720d33ca9db04843ca67bf9e4626d38b72b8a1e5fc30f380a88c813fbd0a238e3feb5a6a4b7306814447ef776ccf17940505126d02705b5def00f156eb8d96e2cfb', 2, 0);
INSERT INTO public.contents VALUES ('\x4c116d0fadad7859602b017a3cc6fa1d', 1, 102, '\x399984ef2ca7a5d1baf729edc563809d25c7e3b73b7cad565061ea198665b2fa53784b1d64e96950ce4ace954ecf2679e7937105e1bfdeeeae6dcf669b9b2bff70b6383f7bcede391f9a85b7734f17faf17268ae4d3f6d1daf6944af8eb6466439c50a30763c2b00cb0b4c94', 2, 0);
INSERT INTO public.contents VALUES ('\xb3594f2191dc2c1f592f380e8c954a87', 0, 22, '\x672e1f4e285d8c7d4f11f5eeecba554816b7140fe50a58c69ae046be5c8518b10e7614c66395', 2, 0);
INSERT INTO public.contents VALUES ('\xd69a6da51eca057ec2514d3faa609083', 0, 30, '\x044d427067a6ee8254a2a1adb4981fc161d934ed4428a00e997c0b330da500446d472416d301d54d5d0083b84114', 2, 0);
INSERT INTO public.contents VALUES ('\xf28ec6c087179dbcf92bdef66babd008', 0, 40, '\x74af5787998f2d552193f7ebc7782f333bf0b4221f157c724a16ec400aa865c7519ccce8e0964ba4399337b2fb594bc5cdf0e1dcc8b22086', 2, 0);
INSERT INTO public.contents VALUES ('\x7b76a41c6506ae49a2f2a23f4d465fad', 0, 44, '\x9f391a98e938d3d1f360ea36fa54ac242e567459eb226065252259d1815e0ec4eaaaeb166bdaf83e7b8bc3774fddcc8ded3ff3aff74cbedb0905f2e5', 2, 0);
INSERT INTO public.contents VALUES ('\xab6999510879c2dca5afcffb9e124135', 1, 531, '\x83f95bd49b9c37573b488fe4d8a35852250925289896c195c79fa182e09b27a0e40c5eaa086bcd81343bdbb8a33fa77446ee120a909fbcc75589ecf14f33d1064aa27141b61e58f304688d2a65769a4f9b07bb6d44840ff10e9de5cae1c7d4d28e8750b84c35576277d406a81b34e2af41ccc499597e7a350edbf9dc2476367978520ab7f44df13c6743afbdb6e3d8527511316168e6500723613f09c0e30e3101e28fee66ff983a1135f469828f0e846e8d8e827918befa688ada5f2b76be7c336a1c298ef0e25a7f80626e344710a5cc1b368759e2ad0e65237c38c36910823e21a87fc1b5a42bcb3e8fdd371214c88e46261b44f5ea23152776447b17c321de62a9d1a66c54bd1223f7d5b760660b4d7f6687ef5b79ae075840f88449e56f6db9c724c5ddd956a3824ec4c91c2846417b2238159a172225c9e2732492136bdf1ec8dc3d1c732ff26b700b2ae53b11aca15f8c', 2, 0);
INSERT INTO public.contents VALUES ('\xf216b7e4ebc1302ea2c2fe5e5a8b5d12', 0, 97, '\xe2f6880073721eacbe5bcd5750e05b05c49d813f0761149f5e2077ef74067ed147482d5e953cea282979f760c2bb483ec2ed9c00a93d9e9b58f678a6896d9cb2f6c1b68b4a59692a985abe87674a13074d0a697fbc8a60b47bad73322d5bae8673c9fe6d5c6bcf9308d413f9daf23daada', 2, 0);
INSERT INTO public.dataset_items VALUES ('d1', 'call-3', 'test', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-1', 'train', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-2', 'train', NULL);
INSERT INTO public.datasets VALUES ('d1', 't1', '2026-05-04 03:02:01.123456+00', 0);
INSERT INTO public.entities VALUES ('\x8cd95fce670103a074c66ea4f7309eff', 'EMAIL_ADDRESS', 0, 20, 2, '\x2bf1d26b81d152c6562bf92060f5aae3cff559cd59cfb312cc1132d4a63e5656ebf672fa');
INSERT INTO public.erasures VALUES ('e1', '2026-05-04 03:02:01.123456+00', 'ann', '["00000000000000000000000000000000"]', '{"calls": 1}', '2026-05-04 03:02:01.123456+00', '2026-05-04 03:02:01.123456+00');
INSERT INTO public.flags VALUES (1, 't1', 'shadow', 1, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.flags VALUES (2, 't1', 'canary', 0.25, '2026-05-05 03:02:01.123456+00', 'bob');
INSERT INTO public.grants VALUES ('ann', '*', 'analyst');
INSERT INTO public.mentions VALUES (1, '\x38a08b8c38d1c11092d85b4c90c236b0', 'trace-0', '\x8cd95fce670103a074c66ea4f7309eff');
INSERT INTO public.meta VALUES ('epoch', '\x01');
INSERT INTO public.nodes VALUES ('\x023025a4997e6ed2432425a90ec6efc7', NULL, '\xe50bce2efb20c560784342dc8bb0c532', 1);
INSERT INTO public.nodes VALUES ('\xe39284e646aa092e85c7b114d9cfce4f', '\x023025a4997e6ed2432425a90ec6efc7', '\xdecfc6aec4c44f6e27cadc5141c7ed16', 2);
INSERT INTO public.nodes VALUES ('\xdbe209f5323542f7f28cbc5ada183a90', '\x023025a4997e6ed2432425a90ec6efc7', '\x6bfd767a6b044287ac1ddb8e99ac9ff5', 2);
INSERT INTO public.nodes VALUES ('\x3f1591a6fb4fceb85bc514e1f6cfd470', '\x023025a4997e6ed2432425a90ec6efc7', '\xf0bc409fa0eda3746182c8bedda292b9', 2);
INSERT INTO public.nodes VALUES ('\x7a68d26eaa4e0325132acf99e9f1be1e', '\x023025a4997e6ed2432425a90ec6efc7', '\xca47709386c8e7fb4dcfaf91b9768933', 2);
INSERT INTO public.nodes VALUES ('\xba11506f5344cd7f56c530268e10c55d', '\x023025a4997e6ed2432425a90ec6efc7', '\x58181117e5dd443e50b124dbb4a85dad', 2);
INSERT INTO public.nodes VALUES ('\x9b0bb5c9ddf96266bea603e37cb2e46f', '\x023025a4997e6ed2432425a90ec6efc7', '\x1f04a8067b9fb663a954cfdb312048fd', 2);
INSERT INTO public.nodes VALUES ('\x5d10a7f6f1268fd641e670406aa8349c', '\x023025a4997e6ed2432425a90ec6efc7', '\x64c7aef4dd8e3b0a4a651f1b1d1536f1', 2);
INSERT INTO public.nodes VALUES ('\x0a91185eef8bad214f00c9409746743b', '\x023025a4997e6ed2432425a90ec6efc7', '\x04a30778d2fbeeba8507e144bda1b385', 2);
INSERT INTO public.nodes VALUES ('\x3d30d0e0b79ee17a88cd25f4cdf1b522', '\x023025a4997e6ed2432425a90ec6efc7', '\x97df2bc2d410bd36d10b58252f362bc4', 2);
INSERT INTO public.nodes VALUES ('\xaa962575e82e4dca37fd569b48303e0a', '\x023025a4997e6ed2432425a90ec6efc7', '\xf87826369048db7c64c51f5dd9028984', 2);
INSERT INTO public.nodes VALUES ('\x8cff5f904897150945eda7be44621651', '\x023025a4997e6ed2432425a90ec6efc7', '\x17024384c55486af71d20d98ed671722', 2);
INSERT INTO public.nodes VALUES ('\x106292a11788d2aa90104c5fcfd6a964', '\x023025a4997e6ed2432425a90ec6efc7', '\xfed3ed64ce94ace0e78117da7db083e4', 2);
INSERT INTO public.nodes VALUES ('\xc53247aa63fe7530e34fd8d209e31472', NULL, '\xc09d15bf91f23ee452582712c783ff9c', 1);
INSERT INTO public.nodes VALUES ('\xd9a6572fb76706a891e6cdc2d378cc09', '\xc53247aa63fe7530e34fd8d209e31472', '\x9adde3561b090628683ef96a6177f38f', 2);
INSERT INTO public.nodes VALUES ('\xd5eafdf755f35b4b683424f4489a644a', '\xd9a6572fb76706a891e6cdc2d378cc09', '\xd437c89a56a4c8b0a642d50582035429', 3);
INSERT INTO public.nodes VALUES ('\x45b6bd4374753531625d07c1df56a1b0', NULL, '\xf28ec6c087179dbcf92bdef66babd008', 1);
INSERT INTO public.nodes VALUES ('\x25d8cd79c4e737003a1b5f82aa5b5d02', NULL, '\xf216b7e4ebc1302ea2c2fe5e5a8b5d12', 1);
INSERT INTO public.observations VALUES (1, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, true, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.observations VALUES (2, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, false, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.retention VALUES ('*', 365, NULL, NULL, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.secrets VALUES (1, 'digest', '\x494ad5912a4b60a6e1f52f3c1fdcdedfb9432e4ee413ad23f09468d9f4af5ae606d70bfb3a82c7705831818d220ac3518c9c3b292e79a2a3670a265b', 'local:6901d35ca558497c', '2026-11-24 15:04:05.636528+00');
INSERT INTO public.secrets VALUES (2, 'data', '\x58057c4719efad66199df96d976139585dfdab52f0956554d725d913504088cbc271dc25d02c132fa5b4068db1085f6beb0cb967ceef34466e59e423', 'local:6901d35ca558497c', '2026-11-24 15:04:05.641955+00');
INSERT INTO public.slm_instrument_version VALUES ('0002');
INSERT INTO public.tasks VALUES ('t1', 'a1', 'lighthouse letters', 12, '\xab6999510879c2dca5afcffb9e124135');
SELECT pg_catalog.setval('public.audit_seq_seq', 1, true);
SELECT pg_catalog.setval('public.calls_seq_seq', 15, true);
SELECT pg_catalog.setval('public.flags_seq_seq', 2, true);
SELECT pg_catalog.setval('public.mentions_seq_seq', 1, true);
SELECT pg_catalog.setval('public.observations_seq_seq', 2, true);
ALTER TABLE ONLY public.analyses
    ADD CONSTRAINT pk_analyses PRIMARY KEY (id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT pk_assignments PRIMARY KEY (call_id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT pk_bundles PRIMARY KEY (id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT pk_calls PRIMARY KEY (seq);
ALTER TABLE ONLY public.contents
    ADD CONSTRAINT pk_contents PRIMARY KEY (id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT pk_dataset_items PRIMARY KEY (dataset_id, call_id);
ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT pk_datasets PRIMARY KEY (id);
ALTER TABLE ONLY public.entities
    ADD CONSTRAINT pk_entities PRIMARY KEY (id);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT pk_erasures PRIMARY KEY (id);
ALTER TABLE ONLY public.flags
    ADD CONSTRAINT pk_flags PRIMARY KEY (seq);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT pk_grants PRIMARY KEY (grantee, app, role);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT pk_mentions PRIMARY KEY (seq);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT pk_meta PRIMARY KEY (key);
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT pk_nodes PRIMARY KEY (id);
ALTER TABLE ONLY public.observations
    ADD CONSTRAINT pk_observations PRIMARY KEY (seq);
ALTER TABLE ONLY public.retention
    ADD CONSTRAINT pk_retention PRIMARY KEY (app);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT pk_secrets PRIMARY KEY (number);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (id);
ALTER TABLE ONLY public.slm_instrument_version
    ADD CONSTRAINT slm_instrument_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT uq_calls_id UNIQUE (id);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT uq_mentions_id UNIQUE (id);
CREATE INDEX ix_assignments_task_id ON public.assignments USING btree (task_id);
CREATE INDEX ix_bundles_task_id ON public.bundles USING btree (task_id);
CREATE INDEX ix_calls_origin ON public.calls USING btree (origin);
CREATE INDEX ix_dataset_items_call_id ON public.dataset_items USING btree (call_id);
CREATE INDEX ix_datasets_task_id ON public.datasets USING btree (task_id);
CREATE INDEX ix_flags_task_id_seq ON public.flags USING btree (task_id, seq);
CREATE INDEX ix_mentions_entity_id ON public.mentions USING btree (entity_id);
CREATE INDEX ix_mentions_scope ON public.mentions USING btree (scope);
CREATE INDEX ix_observations_task_id_seq ON public.observations USING btree (task_id, seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT fk_bundles_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT fk_dataset_items_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_analysis_id FOREIGN KEY (analysis_id) REFERENCES public.analyses(id);
