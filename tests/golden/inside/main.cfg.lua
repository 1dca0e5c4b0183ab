-- Components of Prosody for inside "main"
-- gatepost VERSION, configuration DIGEST
--
-- gatepost connects to this server as each partner's domain (XEP-0114). So the
-- server hands over what is for partners, and takes what comes from them. It has
-- to know every one of these domains: export again when partners change.
--
-- To be included at the end of prosody.cfg.lua: Include "gatepost.cfg.lua"
--
-- Above the first VirtualHost there belong, so that gatepost finds the server:
--     component_interfaces = { "127.0.0.1" }
--     component_ports = { 5347 }
-- and, so that the server itself federates with nobody:
--     modules_disabled = { "s2s" }

-- The first line of gatepost's own file; Prosody has to be allowed to read it.
local secret = io.lines("/etc/gatepost/main.secret")()

-- partner "gamma.example": the suppliers
Component "gamma.example"
    component_secret = secret

-- partner "gamma.example": the suppliers
Component "conference.gamma.example"
    component_secret = secret

-- partner "xn--bcher-kva.example"
Component "bücher.example"
    component_secret = secret

-- a domain of our own that lives elsewhere
Component "beta.example"
    component_secret = secret
