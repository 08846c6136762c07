// On every page: large type and language.
import { wireElder, wireLanguage } from "../elder";

wireElder();
wireLanguage();
