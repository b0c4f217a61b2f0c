-- Health of a SigOptCluster for Argo CD: resource.customizations.health.orchestrate.sigopt.com_SigOptCluster
-- https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
-- Creating is Progressing, never Degraded: Argo CD gives a sync wave up as soon as it sees Degraded.

local status = obj.status or {}

local function condition(kind)
  for _, each in ipairs(status.conditions or {}) do
    if each.type == kind then
      return each
    end
  end
  return {}
end

if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = status.message or "being deleted" }
end

if (status.observedGeneration or -1) < (obj.metadata.generation or 0) then
  return { status = "Progressing", message = "the operator has not looked at this generation yet" }
end

local stalled = condition("Stalled")
if stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end

local ready = condition("Ready")
if ready.status == "True" then
  return { status = "Healthy", message = ready.message }
end
local why = condition("Reconciling").reason
if why == "Paused" or why == "Planned" then
  return { status = "Suspended", message = ready.message }
end
return { status = "Progressing", message = ready.message or status.message }
